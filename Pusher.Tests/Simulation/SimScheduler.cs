namespace Pusher.Tests.Simulation;

/// <summary>Virtual time: what is due next runs next; what is due at the same time runs in the order it was asked for.</summary>
public sealed class SimScheduler
{
    private readonly PriorityQueue<Action, (long AtMs, long Order)> _queue = new();
    private long _order;

    /// <summary>Monotonic milliseconds; starts above zero, since a zero hides mistakes.</summary>
    public long NowMs { get; private set; } = 1_000;

    /// <summary>Events that have run.</summary>
    public long EventCount { get; private set; }

    public void After(long delayMs, Action action) => At(NowMs + Math.Max(0, delayMs), action);

    public void At(long atMs, Action action) => _queue.Enqueue(action, (Math.Max(atMs, NowMs), _order++));

    /// <summary>Runs everything that is due through <paramref name="untilMs"/>; the time then is <paramref name="untilMs"/>.</summary>
    public void RunUntil(long untilMs, long eventsMax)
    {
        while (_queue.TryPeek(out _, out var key) && key.AtMs <= untilMs)
        {
            var action = _queue.Dequeue();
            NowMs = key.AtMs;
            if (++EventCount > eventsMax)
            {
                throw new InvalidOperationException($"More than {eventsMax} events by {NowMs} ms: something spins.");
            }

            action();
        }

        NowMs = untilMs;
    }
}
