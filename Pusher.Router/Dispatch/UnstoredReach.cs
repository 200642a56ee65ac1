namespace Pusher.Router.Dispatch;

/// <summary>How far a QoS 0 message got.</summary>
/// <param name="Reached">Devices online whose reactor has the message now.</param>
/// <param name="Overloaded">Devices online whose reactor has too many QoS 0 messages waiting to take this one.</param>
public readonly record struct UnstoredReach(int Reached, int Overloaded)
{
    /// <summary>It is on its way to more devices, or may be: where they are had to be looked up.</summary>
    public bool IsOpen { get; init; }
}
