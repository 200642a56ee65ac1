using System.Buffers;
using System.Buffers.Binary;

namespace Pusher.Core.Protocol;

/// <summary>
/// The 32 bytes in front of a PUSH's body. The fields of one device stand at fixed offsets and are zero for QoS 0, so that one
/// encoded frame can serve a fan-out.
/// <code>
/// u64 message id | u32 stream | u64 seq | u8 flags | u8 priority | u16 0 | u64 expiry Unix ms (0 = never) | body to the end
/// </code>
/// </summary>
public readonly record struct PushHead
{
    /// <summary>Bytes of the head.</summary>
    public const int Size = 32;

    /// <summary>The server's id of the message.</summary>
    public ulong MessageId { get; init; }

    /// <summary>The stream; 0 for QoS 0.</summary>
    public uint Stream { get; init; }

    /// <summary>The place in the stream, from 1; 0 for QoS 0.</summary>
    public ulong Seq { get; init; }

    /// <summary>Flags as received, unknown bits included.</summary>
    public PushFlags Flags { get; init; }

    /// <summary>0 (normal) to 255.</summary>
    public byte Priority { get; init; }

    /// <summary>When it stops being worth printing, Unix milliseconds; 0 = never.</summary>
    public long ExpiresAtUnixMs { get; init; }

    /// <summary>False when the payload is shorter than the head: <see cref="CloseReason.BadFrame"/>. The body may be empty.</summary>
    public static bool TryRead(in ReadOnlySequence<byte> payload, out PushHead head, out ReadOnlySequence<byte> body)
    {
        if (payload.Length < Size)
        {
            head = default;
            body = default;
            return false;
        }

        var first = payload.FirstSpan;
        if (first.Length >= Size)
        {
            head = Read(first);
        }
        else
        {
            Span<byte> bytes = stackalloc byte[Size];
            payload.Slice(0, Size).CopyTo(bytes);
            head = Read(bytes);
        }

        body = payload.Slice(Size);
        return true;
    }

    /// <summary>The head of a PUSH that was encoded here.</summary>
    /// <param name="frame">The whole frame, with its header.</param>
    internal static PushHead Of(ReadOnlySpan<byte> frame) => Read(frame[FrameHeader.Size..]);

    private static PushHead Read(ReadOnlySpan<byte> bytes) => new()
    {
        MessageId = BinaryPrimitives.ReadUInt64BigEndian(bytes),
        Stream = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
        Seq = BinaryPrimitives.ReadUInt64BigEndian(bytes[12..]),
        Flags = (PushFlags)bytes[20],
        Priority = bytes[21],
        ExpiresAtUnixMs = UnixTime.FromWire(BinaryPrimitives.ReadUInt64BigEndian(bytes[24..])),
    };
}
