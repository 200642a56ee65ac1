namespace Pusher.Core.Protocol;

/// <summary>EVENT_ACK, server to device: <c>u64 event id | u8 status</c>.</summary>
public readonly ref struct EventAckFrame
{
    /// <summary>The number from the EVENT.</summary>
    public ulong EventId { get; private init; }

    /// <summary>What became of it; may be a number that this version does not know.</summary>
    public EventStatus Status { get; private init; }

    /// <summary>False when the payload is cut off: <see cref="CloseReason.BadFrame"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out EventAckFrame frame)
    {
        var reader = new PayloadReader(payload);
        var ok = reader.TryReadUInt64(out var eventId) & reader.TryReadByte(out var status);
        frame = ok ? new EventAckFrame { EventId = eventId, Status = (EventStatus)status } : default;
        return ok;
    }
}
