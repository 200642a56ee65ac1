namespace Pusher.Core.Protocol;

/// <summary>
/// REFUSED (before WELCOME) or GOAWAY (after), server to device; the server closes behind it. The spans point into the payload.
/// <code>
/// u16 reason | u32 retry after ms (0xFFFFFFFF = do not come back by yourself) | u8 count (0..8) of other addresses,
/// str8 "host:port" each | str8 text
/// </code>
/// </summary>
public readonly ref struct FarewellFrame
{
    private ReadOnlySpan<byte> Elsewhere { get; init; }

    /// <summary>Why; may be a number that this version does not know.</summary>
    public CloseReason Reason { get; private init; }

    /// <summary>Come back not before so many milliseconds; <see cref="ProtocolLimits.RetryNever"/> = not by yourself.</summary>
    public uint RetryAfterMs { get; private init; }

    /// <summary>0 to <see cref="ProtocolLimits.ElsewhereMax"/>.</summary>
    public int ElsewhereCount { get; private init; }

    /// <summary>For people, UTF-8, unchecked.</summary>
    public ReadOnlySpan<byte> Text { get; private init; }

    /// <summary>Another address, <c>host:port</c> in ASCII, unchecked.</summary>
    public ReadOnlySpan<byte> GetElsewhere(int index) => PayloadReader.GetStr8(Elsewhere, index);

    /// <summary>False when the payload is cut off or the count is over its limit: <see cref="CloseReason.BadFrame"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out FarewellFrame frame)
    {
        var reader = new PayloadReader(payload);
        if (reader.TryReadUInt16(out var reason)
            && reader.TryReadUInt32(out var retryAfterMs)
            && reader.TryReadStr8List(ProtocolLimits.ElsewhereMax, out var count, out var elsewhere)
            && reader.TryReadStr8(out var text))
        {
            frame = new FarewellFrame
            {
                Reason = (CloseReason)reason,
                RetryAfterMs = retryAfterMs,
                ElsewhereCount = count,
                Elsewhere = elsewhere,
                Text = text,
            };
            return true;
        }

        frame = default;
        return false;
    }
}
