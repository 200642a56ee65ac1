using Microsoft.Extensions.Logging;
using Pusher.Core.Protocol;
using Pusher.Transport.Connections;
using Pusher.Transport.Interop;

namespace Pusher.Transport.Epoll;

/// <summary>The end of a loop's connections: flush, half-close, wait for the peer, release.</summary>
internal sealed class EpollCloser(EpollLoop loop, IReactorHandler handler, TransportOptions options, ILogger logger)
{
    private readonly Queue<ConnectionId> _closed = new();

    /// <summary>Connections wait to be released.</summary>
    public bool HasWork => _closed.Count > 0;

    /// <summary>Closes in an orderly way. Does nothing when the connection is closing already.</summary>
    public void Begin(ConnectionId id, ref EpollConnection connection, CloseReason reason)
    {
        if (connection.Phase == ConnectionPhase.Connecting)
        {
            Abort(id, ref connection, reason);
        }
        else if (connection.Phase == ConnectionPhase.Open)
        {
            connection.SetReason(reason);
            connection.Phase = ConnectionPhase.Flushing;
            connection.ClockMs = loop.NowMs + options.CloseFlushMs;
            loop.Deadlines.Add(id, connection.ClockMs);
            loop.QueueFlush(id, ref connection);
        }
    }

    /// <summary>Everything is sent: half-close, and wait for the peer to do the same unless it already has.</summary>
    public void OnFlushed(ConnectionId id, ref EpollConnection connection)
    {
        // A failed shutdown means that the peer reset the connection in the meantime: there is nothing left to be orderly about.
        if (Libc.ShutdownSend(connection.Descriptor) < 0 || connection.Reason == CloseReason.PeerClosed)
        {
            Abort(id, ref connection, connection.Reason);
            return;
        }

        // What came while flushing was left alone and tells no second time, so it is looked for now.
        connection.Phase = ConnectionPhase.Lingering;
        loop.QueueRead(id, ref connection);
    }

    /// <summary>Closes at the end of this turn, whatever is left.</summary>
    public void Abort(ConnectionId id, ref EpollConnection connection, CloseReason reason)
    {
        if (connection.Phase == ConnectionPhase.Closed)
        {
            return;
        }

        connection.SetReason(reason);
        connection.Phase = ConnectionPhase.Closed;
        _closed.Enqueue(id);
    }

    /// <summary>A deadline of this closing connection came.</summary>
    public void CheckFlush(ConnectionId id, ref EpollConnection connection)
    {
        if (loop.NowMs >= connection.ClockMs)
        {
            Abort(id, ref connection, connection.Reason);
        }
    }

    public void ReleaseClosed()
    {
        // What OnClosed closes in its turn waits for the next turn.
        for (int count = _closed.Count; count > 0; count--)
        {
            Release(_closed.Dequeue());
        }
    }

    /// <summary>Closes everything at once, with one attempt to send what waits.</summary>
    public void CloseAll(SlotTable<EpollConnection> connections)
    {
        for (int slot = 0; slot < connections.SlotsUsed; slot++)
        {
            if (!connections.IsLive(slot))
            {
                continue;
            }

            ref EpollConnection connection = ref connections[slot];
            ConnectionId id = connections.IdOf(slot);
            if (connection.Phase is not (ConnectionPhase.Connecting or ConnectionPhase.Closed))
            {
                loop.Sender.Flush(id, ref connection);
            }

            Abort(id, ref connection, CloseReason.Shutdown);
        }

        ReleaseClosed();
    }

    private void Release(ConnectionId id)
    {
        ref EpollConnection connection = ref loop.Connections[id.Slot];
        CloseReason reason = connection.Reason;
        if (connection.Descriptor >= 0)
        {
            // Closing takes the descriptor out of the epoll set as well: it has no duplicates.
            Libc.Close(connection.Descriptor);
        }

        loop.Sender.DropOutput(ref connection);
        if (connection.Kept is { } kept)
        {
            loop.Pool.Return(kept);
            connection.Kept = null;
        }

        loop.Forget(id, ref connection);
        logger.ConnectionClosed(loop.Index, id.Slot, reason);
        handler.OnClosed(id, reason);
    }
}
