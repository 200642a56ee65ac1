namespace Pusher.Core.Protocol;

/// <summary>ACK, device to server: <c>u32 stream | u64 seq</c>. Cumulative: everything of the stream through the seq.</summary>
public readonly ref struct AckFrame
{
    /// <summary>The stream.</summary>
    public uint Stream { get; private init; }

    /// <summary>The last seq that was handed over without a gap; 0 = none yet.</summary>
    public ulong Seq { get; private init; }

    /// <summary>False when the payload is cut off: <see cref="CloseReason.BadFrame"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out AckFrame frame)
    {
        var reader = new PayloadReader(payload);
        var ok = reader.TryReadUInt32(out var stream) & reader.TryReadUInt64(out var seq);
        frame = ok ? new AckFrame { Stream = stream, Seq = seq } : default;
        return ok;
    }
}
