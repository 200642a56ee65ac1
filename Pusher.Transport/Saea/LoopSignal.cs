namespace Pusher.Transport.Saea;

/// <summary>How a loop sleeps and is woken.</summary>
/// <remarks>
/// Threading: <see cref="Notify"/> from any thread, the rest on the loop's thread. At most one wake is in flight: only the notifier
/// that finds the loop asleep pays for a system call; one that finds it awake or already notified pays for one interlocked operation.
/// The loop resets the notice at the begin of a turn, before it looks at its queues, so nothing that is queued is missed.
/// </remarks>
internal sealed class LoopSignal
{
    private const int Awake = 0;
    private const int Asleep = 1;
    private const int Notified = 2;

    private readonly object _gate = new();
    private int _state;
    private bool _pulsed;

    public void Notify()
    {
        if (Interlocked.Exchange(ref _state, Notified) == Asleep)
        {
            lock (_gate)
            {
                _pulsed = true;
                Monitor.Pulse(_gate);
            }
        }
    }

    public void BeginTurn() => Interlocked.Exchange(ref _state, Awake);

    /// <summary>Sleeps until notified since <see cref="BeginTurn"/>, or for <paramref name="timeoutMs"/> milliseconds; -1 = without end.</summary>
    public void Sleep(int timeoutMs)
    {
        if (timeoutMs == 0 || Interlocked.CompareExchange(ref _state, Asleep, Awake) != Awake)
        {
            return;
        }

        lock (_gate)
        {
            // A spurious return only costs a turn, so there is no loop here; a pulse that came before the lock is in the flag.
            if (!_pulsed)
            {
                Monitor.Wait(_gate, timeoutMs);
            }

            _pulsed = false;
        }
    }
}
