using Pusher.Core.Time;

namespace Pusher.Tests.Core.Time;

/// <summary>Notes the timers that fire, and may act on the wheel while it is being told.</summary>
internal readonly struct RecordingSink(List<int> fired, Action<int>? then = null) : ITimerSink
{
    public void OnDue(int timer)
    {
        fired.Add(timer);
        then?.Invoke(timer);
    }
}
