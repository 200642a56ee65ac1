using System.Net;
using System.Net.Sockets;
using System.Text;
using Pusher.Core.Batches;

namespace Pusher.Bench.Suites.Parts;

/// <summary>
/// A backend on a blocking NATS connection: publishes a group with reply subjects and headers, and counts the answers, without garbage. It speaks only as
/// much of the protocol as that takes.
/// </summary>
/// <remarks>Threading: one thread.</remarks>
internal sealed class LoopbackBackend : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _received = new byte[256 * 1024];
    private readonly byte[] _group;
    private readonly int[] _idAt;
    private long _nextId;
    private int _end;

    public LoopbackBackend(Uri nats, BackendGroup group)
    {
        _socket.Connect(IPAddress.Parse(nats.Host), nats.Port);
        _socket.Send("CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"name\":\"bench\"}\r\nSUB _INBOX.bench.* 1\r\n"u8);
        _group = group.Bytes;
        _idAt = group.IdAt;
    }

    /// <summary>Publishes the group once, every message under a publisher id of its own, and returns when all are answered ok.</summary>
    public void Publish()
    {
        foreach (var at in _idAt)
        {
            (_nextId++).TryFormat(_group.AsSpan(at, BackendGroup.IdDigits), out _, "D16");
        }

        for (ReadOnlySpan<byte> rest = _group; !rest.IsEmpty;)
        {
            rest = rest[_socket.Send(rest)..];
        }

        for (var answers = 0; answers < _idAt.Length;)
        {
            answers += Receive();
        }
    }

    public void Dispose() => _socket.Dispose();

    // Answers that came whole. INFO, PING and the like are lines without a payload and are passed over; a server that pings gets no
    // answer within a benchmark's time.
    private int Receive()
    {
        var count = _socket.Receive(_received.AsSpan(_end));
        _end += count > 0 ? count : throw new InvalidOperationException("nats-server closed.");
        var answers = 0;
        var rest = _received.AsSpan(0, _end);
        while (rest.IndexOf("\r\n"u8) is >= 0 and var line)
        {
            var body = 0;
            if (rest.StartsWith("MSG "u8))
            {
                var size = rest[(rest[..line].LastIndexOf((byte)' ') + 1)..line];
                _ = System.Buffers.Text.Utf8Parser.TryParse(size, out body, out _);
                body += 2;
                if (rest.Length < line + 2 + body)
                {
                    break;
                }

                answers += CountOk(rest.Slice(line + 2, body - 2));
            }

            rest = rest[(line + 2 + body)..];
        }

        rest.CopyTo(_received);
        _end = rest.Length;
        return answers;
    }

    // One is JSON, that to a batch MessagePack.
    private static int CountOk(ReadOnlySpan<byte> answer)
    {
        if (answer.IndexOf("\"status\":\"ok\""u8) >= 0)
        {
            return 1;
        }

        var ok = 0;
        if (BatchAnswerReader.TryOpen(answer, out var reader))
        {
            while (ok < reader.Count && reader.TryRead(out var result) && result.Status == 0)
            {
                ok++;
            }
        }

        return ok > 0 && ok == reader.Count ? ok : throw new InvalidOperationException(Encoding.UTF8.GetString(answer));
    }
}
