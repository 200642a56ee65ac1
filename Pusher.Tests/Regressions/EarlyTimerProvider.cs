namespace Pusher.Tests.Regressions;

/// <summary>The system's time, but its timers fire a little before they should, as timers on a coarser clock do.</summary>
internal sealed class EarlyTimerProvider(TimeSpan early) : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => new EarlyTimer(System.CreateTimer(callback, state, Sooner(dueTime), period), this);

    private TimeSpan Sooner(TimeSpan dueTime) => dueTime > early ? dueTime - early : dueTime;

    private sealed class EarlyTimer(ITimer timer, EarlyTimerProvider provider) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(provider.Sooner(dueTime), period);

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
