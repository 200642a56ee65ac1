using System.Collections.Concurrent;
using Pusher.Transport.Connections;
using Pusher.Transport.Interop;

namespace Pusher.Transport.Epoll;

/// <summary>Accepted connections on their way to a loop, and the count by which the listener chooses among the loops.</summary>
/// <remarks>
/// Threading: <see cref="Offer"/> and <see cref="Load"/> from any thread, the rest on the loop's thread. What is offered while the inbox
/// closes is refused by whichever side sees it last, so no descriptor is left behind.
/// </remarks>
internal sealed class EpollInbox(ConnectionLimit limit, EpollWaker waker)
{
    private readonly ConcurrentQueue<AcceptedSocket> _offered = new();
    private int _load;
    private volatile bool _closed;

    /// <summary>Connections of the loop, those that wait to be taken included.</summary>
    public int Load => Volatile.Read(ref _load);

    public bool IsEmpty => _offered.IsEmpty;

    /// <summary>Gives an accepted socket, already counted in the limit, to the loop.</summary>
    /// <param name="socket">What was accepted.</param>
    /// <param name="wake">Whether the loop has to be woken: not by itself.</param>
    public void Offer(AcceptedSocket socket, bool wake)
    {
        Interlocked.Increment(ref _load);
        _offered.Enqueue(socket);
        if (_closed)
        {
            RefuseAll();
        }

        if (wake)
        {
            waker.Notify();
        }
    }

    public bool TryTake(out AcceptedSocket socket) => _offered.TryDequeue(out socket);

    /// <summary>The loop opened a connection itself. It was asked for by the handler; the limit is for what comes from outside.</summary>
    public void CountOwn() => Interlocked.Increment(ref _load);

    /// <summary>A connection of the loop is gone.</summary>
    public void CountGone(bool accepted)
    {
        Interlocked.Decrement(ref _load);
        if (accepted)
        {
            limit.Leave();
        }
    }

    /// <summary>Takes no more, and closes what waits.</summary>
    public void Close()
    {
        _closed = true;
        RefuseAll();
    }

    private void RefuseAll()
    {
        while (_offered.TryDequeue(out AcceptedSocket socket))
        {
            Libc.Close(socket.Descriptor);
            CountGone(accepted: true);
        }
    }
}
