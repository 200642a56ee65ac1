namespace Pusher.Core.Time;

/// <summary>Receives the timers that are due. A struct, so that the call is direct.</summary>
public interface ITimerSink
{
    /// <summary>
    /// The timer's deadline has come; it is no longer scheduled. May schedule and cancel this or any other timer of the wheel.
    /// </summary>
    void OnDue(int timer);
}
