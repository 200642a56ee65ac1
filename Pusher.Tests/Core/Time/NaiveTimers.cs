namespace Pusher.Tests.Core.Time;

/// <summary>The wheel's contract in the plainest form: a dictionary that is searched as a whole.</summary>
internal sealed class NaiveTimers(int tickMs, long nowMs)
{
    private readonly Dictionary<int, long> _dueTicks = [];
    private long _tick = nowMs / tickMs;

    public int Count => _dueTicks.Count;

    /// <summary>The time at which the next timer fires; null when there is none.</summary>
    public long? NextMs => _dueTicks.Count == 0 ? null : _dueTicks.Values.Min() * tickMs;

    public bool IsScheduled(int timer) => _dueTicks.ContainsKey(timer);

    public void Schedule(int timer, long dueMs)
        => _dueTicks[timer] = Math.Max((long)Math.Ceiling(Math.Max(dueMs, 0) / (decimal)tickMs), _tick + 1);

    public bool Cancel(int timer) => _dueTicks.Remove(timer);

    /// <summary>Moves to a time and takes out what is due.</summary>
    public int[] Advance(long nowMs)
    {
        _tick = Math.Max(_tick, nowMs / tickMs);
        int[] due = [.. _dueTicks.Where(timer => timer.Value <= _tick).Select(timer => timer.Key).Order()];
        foreach (var timer in due)
        {
            _dueTicks.Remove(timer);
        }

        return due;
    }
}
