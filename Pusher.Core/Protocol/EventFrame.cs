using System.Buffers;
using Pusher.Core.Identity;

namespace Pusher.Core.Protocol;

/// <summary>EVENT, device to server: <c>u64 event id | str8 name | body to the end</c>.</summary>
public readonly ref struct EventFrame
{
    /// <summary>The device's number for it; comes back in the EVENT_ACK.</summary>
    public ulong EventId { get; private init; }

    /// <summary>What happened; at most <see cref="Identifier.LengthMax"/> bytes, otherwise unchecked.</summary>
    public ReadOnlySpan<byte> Name { get; private init; }

    /// <summary>Reads the head in place, or from <paramref name="scratch"/> when it is split.</summary>
    /// <param name="payload">The payload; its body may be split.</param>
    /// <param name="scratch">At least <see cref="ProtocolLimits.EventHeadBytesMax"/> bytes; must live as long as the frame.</param>
    /// <param name="frame">The head.</param>
    /// <param name="body">What is behind the head.</param>
    /// <returns>False when the head is cut off or the name too long: <see cref="CloseReason.BadFrame"/>.</returns>
    public static bool TryRead(
        in ReadOnlySequence<byte> payload,
        Span<byte> scratch,
        out EventFrame frame,
        out ReadOnlySequence<byte> body)
    {
        var bytes = payload.FirstSpan;
        if (bytes.Length < Math.Min(payload.Length, ProtocolLimits.EventHeadBytesMax))
        {
            bytes = FramePayload.Linearize(payload, scratch[..ProtocolLimits.EventHeadBytesMax]);
        }

        var reader = new PayloadReader(bytes);
        if (reader.TryReadUInt64(out var eventId)
            && reader.TryReadStr8(out var name)
            && name.Length <= Identifier.LengthMax)
        {
            frame = new EventFrame { EventId = eventId, Name = name };
            body = payload.Slice(bytes.Length - reader.Rest.Length);
            return true;
        }

        frame = default;
        body = default;
        return false;
    }
}
