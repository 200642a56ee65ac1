using System.Buffers;
using System.Buffers.Text;

namespace Pusher.Cli.Load.Protocols.Nats;

/// <summary>
/// Reads what a NATS server sends, of its client protocol (docs.nats.io/reference/reference-protocols/nats-protocol):
/// <code>
/// operation = "INFO " json | "PING" | "PONG" | "+OK" | "-ERR " text
///           | "MSG "  subject " " sid [" " reply] " " bytes CRLF payload
///           | "HMSG " subject " " sid [" " reply] " " header-bytes " " bytes CRLF headers payload
/// each ended by CRLF
/// </code>
/// </summary>
/// <remarks>Threading: one thread; keeps a buffer for lines that came in pieces.</remarks>
internal sealed class NatsReader
{
    /// <summary>An INFO of a cluster names all its servers; nothing else comes near.</summary>
    private const int LineBytesMax = 64 * 1024;

    private static readonly (byte[] Word, NatsOperationKind Kind)[] Words =
    [
        ("PING"u8.ToArray(), NatsOperationKind.Ping),
        ("PONG"u8.ToArray(), NatsOperationKind.Pong),
        ("INFO"u8.ToArray(), NatsOperationKind.Info),
        ("+OK"u8.ToArray(), NatsOperationKind.Ok),
        ("-ERR"u8.ToArray(), NatsOperationKind.Error),
    ];

    private byte[] _line = new byte[1_024];

    /// <summary>Takes one operation; <paramref name="bytes"/> moves behind it when it is whole.</summary>
    public NatsOperation Read(ref ReadOnlySequence<byte> bytes)
    {
        if (!TryReadLine(in bytes, out var line))
        {
            return new NatsOperation { Kind = bytes.Length > LineBytesMax ? NatsOperationKind.Invalid : NatsOperationKind.Partial };
        }

        var behind = bytes.Slice(line.Length + 2);
        if (line.StartsWith("MSG "u8))
        {
            return Message(line[4..], hasHeaders: false, behind, ref bytes);
        }

        if (line.StartsWith("HMSG "u8))
        {
            return Message(line[5..], hasHeaders: true, behind, ref bytes);
        }

        bytes = behind;
        return Control(line);
    }

    private static NatsOperation Control(ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        var name = space < 0 ? line : line[..space];
        var text = space < 0 ? default : line[(space + 1)..];
        var kind = NatsOperationKind.Invalid;
        foreach (var (word, meaning) in Words)
        {
            if (name.SequenceEqual(word))
            {
                kind = meaning;
            }
        }

        return new NatsOperation { Kind = kind, Text = text };
    }

    private static NatsOperation Message(ReadOnlySpan<byte> line, bool hasHeaders, ReadOnlySequence<byte> behind, ref ReadOnlySequence<byte> bytes)
    {
        var subject = line[..Math.Max(0, line.IndexOf((byte)' '))];
        var headerBytes = 0;
        if (!TryTakeNumber(ref line, out var size) || (hasHeaders && !TryTakeNumber(ref line, out headerBytes)) || headerBytes > size || subject.IsEmpty)
        {
            return new NatsOperation { Kind = NatsOperationKind.Invalid };
        }

        if (behind.Length < size + 2)
        {
            return new NatsOperation { Kind = NatsOperationKind.Partial };
        }

        bytes = behind.Slice(size + 2);
        return new NatsOperation
        {
            Kind = NatsOperationKind.Message,
            Text = subject,
            Headers = behind.Slice(0, headerBytes),
            Payload = behind.Slice(headerBytes, size - headerBytes),
        };
    }

    // The last word of the line.
    private static bool TryTakeNumber(ref ReadOnlySpan<byte> line, out int number)
    {
        var space = line.LastIndexOf((byte)' ');
        var word = line[(space + 1)..];
        line = line[..Math.Max(0, space)];
        return Utf8Parser.TryParse(word, out number, out var used) && used == word.Length && number >= 0 && space > 0;
    }

    private bool TryReadLine(in ReadOnlySequence<byte> bytes, out ReadOnlySpan<byte> line)
    {
        var first = bytes.FirstSpan;
        var end = first.IndexOf("\r\n"u8);
        if (end >= 0)
        {
            line = first[..end];
            return true;
        }

        var reader = new SequenceReader<byte>(bytes);
        if (bytes.IsSingleSegment || !reader.TryReadTo(out ReadOnlySequence<byte> pieces, "\r\n"u8) || pieces.Length > LineBytesMax)
        {
            line = default;
            return false;
        }

        if (pieces.Length > _line.Length)
        {
            _line = new byte[pieces.Length];
        }

        pieces.CopyTo(_line);
        line = _line.AsSpan(0, (int)pieces.Length);
        return true;
    }
}
