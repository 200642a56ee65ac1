namespace Pusher.Router.Bus;

/// <summary>One message from the bus. The payload is the receiver's to keep.</summary>
/// <param name="Subject">The full subject, by tokens divided by dots.</param>
/// <param name="ReplyTo">Where the answer goes; null when none is wanted.</param>
/// <param name="Headers">By name, not case sensitive; null when there are none.</param>
/// <param name="Payload">The body.</param>
public readonly record struct BusMessage(
    string Subject,
    string? ReplyTo,
    IReadOnlyDictionary<string, string>? Headers,
    ReadOnlyMemory<byte> Payload);
