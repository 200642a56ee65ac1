namespace Pusher.Core.Protocol;

/// <summary>DONE, device to server: <c>u64 message id | u16 result | str8 text</c>. Sent before the ACK that covers the message.</summary>
public readonly ref struct DoneFrame
{
    /// <summary>The message.</summary>
    public ulong MessageId { get; private init; }

    /// <summary>What became of it; may be a number that this version does not know.</summary>
    public DeliveryResult Result { get; private init; }

    /// <summary>For people, UTF-8, unchecked; at most <see cref="ProtocolLimits.TextBytesMax"/> bytes.</summary>
    public ReadOnlySpan<byte> Text { get; private init; }

    /// <summary>False when the payload is cut off or the text is too long: <see cref="CloseReason.BadFrame"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out DoneFrame frame)
    {
        var reader = new PayloadReader(payload);
        if (reader.TryReadUInt64(out var messageId)
            && reader.TryReadUInt16(out var result)
            && reader.TryReadStr8(out var text)
            && text.Length <= ProtocolLimits.TextBytesMax)
        {
            frame = new DoneFrame { MessageId = messageId, Result = (DeliveryResult)result, Text = text };
            return true;
        }

        frame = default;
        return false;
    }
}
