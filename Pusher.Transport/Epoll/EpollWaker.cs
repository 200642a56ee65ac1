using Pusher.Transport.Interop;

namespace Pusher.Transport.Epoll;

/// <summary>Wakes a loop out of its wait, by an eventfd.</summary>
/// <remarks>
/// Threading: <see cref="Notify"/> from any thread, the rest on the loop's thread. At most one wake is in flight: only the notifier that
/// finds the loop asleep pays for a system call. The loop resets the notice at the begin of a turn, before it looks at its queues, so
/// nothing that is queued is missed. The eventfd is watched edge-triggered and never read: each write is an edge of its own, and its
/// 64-bit count does not run full. So it also counts the wakes.
/// </remarks>
internal sealed class EpollWaker : IDisposable
{
    private const int Awake = 0;
    private const int Asleep = 1;
    private const int Notified = 2;

    private int _state;

    public EpollWaker(EpollSet set)
    {
        Libc.Check(set.Add((int)Handle.DangerousGetHandle(), EpollFlags.In | EpollFlags.EdgeTriggered, EventToken.OfSpecial(EventToken.WakerSlot)), "epoll_ctl");
    }

    public DescriptorHandle Handle { get; } = Libc.CreateEvent();

    public void Notify()
    {
        if (Interlocked.Exchange(ref _state, Notified) != Asleep)
        {
            return;
        }

        try
        {
            Libc.SignalEvent(Handle);
        }
        catch (ObjectDisposedException)
        {
            // The loop was woken by something else and ended in the meantime: nobody is left to be woken.
            return;
        }
    }

    public void BeginTurn() => Interlocked.Exchange(ref _state, Awake);

    /// <summary>Whether the loop may sleep: nobody notified it since <see cref="BeginTurn"/>. From now on a notice costs a wake.</summary>
    public bool TryFallAsleep() => Interlocked.CompareExchange(ref _state, Asleep, Awake) == Awake;

    public void Dispose() => Handle.Dispose();
}
