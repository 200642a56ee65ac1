namespace Pusher.Core.Protocol;

/// <summary>RECALL, server to device: <c>u64 message id</c>. Do not hand the message over if that has not happened yet.</summary>
public readonly ref struct RecallFrame
{
    /// <summary>The message.</summary>
    public ulong MessageId { get; private init; }

    /// <summary>False when the payload is cut off: <see cref="CloseReason.BadFrame"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out RecallFrame frame)
    {
        var reader = new PayloadReader(payload);
        var ok = reader.TryReadUInt64(out var messageId);
        frame = ok ? new RecallFrame { MessageId = messageId } : default;
        return ok;
    }
}
