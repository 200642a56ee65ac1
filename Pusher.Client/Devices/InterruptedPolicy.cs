namespace Pusher.Client.Devices;

/// <summary>
/// What happens to a message whose handler was running when the process or the power died, once it is sent again. Nobody can
/// know whether it was printed. Needs a ring that survives the process (<see cref="FileDedupeRing"/>).
/// </summary>
public enum InterruptedPolicy
{
    /// <summary>
    /// It is not handed over a second time; the publisher gets <see cref="Core.Protocol.DeliveryResult.HandlerFailed"/> with a text that
    /// says so, and decides. At most once on paper.
    /// </summary>
    Report,

    /// <summary>
    /// It is handed over again with <see cref="DeviceMessage.Interrupted"/> set. At least once on paper: right where a ticket
    /// printed twice is better than none and the application can mark it.
    /// </summary>
    HandOverAgain,
}
