namespace Pusher.Core.Protocol;

/// <summary>
/// SKIPPED, server to device: <c>u32 stream | u64 first seq | u64 last seq | u8 reason</c>. These seqs, both ends included, will
/// not come (again).
/// </summary>
public readonly ref struct SkippedFrame
{
    /// <summary>The stream.</summary>
    public uint Stream { get; private init; }

    /// <summary>The first seq that is skipped, from 1.</summary>
    public ulong FirstSeq { get; private init; }

    /// <summary>The last seq that is skipped; not before the first.</summary>
    public ulong LastSeq { get; private init; }

    /// <summary>Why; may be a number that this version does not know.</summary>
    public SkipReason Reason { get; private init; }

    /// <summary>False when the payload is cut off or the range is empty: <see cref="CloseReason.BadFrame"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out SkippedFrame frame)
    {
        var reader = new PayloadReader(payload);
        if (reader.TryReadUInt32(out var stream)
            && reader.TryReadUInt64(out var first)
            && reader.TryReadUInt64(out var last)
            && reader.TryReadByte(out var reason)
            && first != 0
            && first <= last)
        {
            frame = new SkippedFrame { Stream = stream, FirstSeq = first, LastSeq = last, Reason = (SkipReason)reason };
            return true;
        }

        frame = default;
        return false;
    }
}
