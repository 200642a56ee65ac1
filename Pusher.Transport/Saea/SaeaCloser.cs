using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Pusher.Core.Protocol;
using Pusher.Transport.Connections;

namespace Pusher.Transport.Saea;

/// <summary>The end of a loop's connections: flush, half-close, wait for the peer, release.</summary>
internal sealed class SaeaCloser(SaeaLoop loop, IReactorHandler handler, TransportOptions options, ILogger logger)
{
    private readonly Queue<SaeaConnection> _closed = new();

    /// <summary>Connections wait to be released.</summary>
    public bool HasWork => _closed.Count > 0;

    /// <summary>Closes in an orderly way. Does nothing when the connection is closing already.</summary>
    public void Begin(SaeaConnection connection, CloseReason reason)
    {
        if (connection.Phase != ConnectionPhase.Open)
        {
            return;
        }

        connection.SetReason(reason);
        connection.Phase = ConnectionPhase.Flushing;
        connection.CloseAtMs = loop.NowMs + options.CloseFlushMs;
        loop.Deadlines.Add(connection.Id, connection.CloseAtMs);
        loop.QueueFlush(connection);
    }

    /// <summary>Everything is sent: half-close, and wait for the peer to do the same unless it already has.</summary>
    public void OnFlushed(SaeaConnection connection)
    {
        // Without our shutdown, disposing a socket with a pending receive resets the connection (SafeSocketHandle.CloseAsIs).
        if (!TryShutdownSend(connection) || connection.Reason == CloseReason.PeerClosed)
        {
            Abort(connection, connection.Reason);
            return;
        }

        connection.Phase = ConnectionPhase.Lingering;
        if (!connection.ReceiveArmed)
        {
            loop.QueueRead(connection);
        }
    }

    /// <summary>Closes at the end of this turn, whatever is left.</summary>
    public void Abort(SaeaConnection connection, CloseReason reason)
    {
        if (connection.Phase == ConnectionPhase.Closed)
        {
            return;
        }

        connection.SetReason(reason);
        connection.Phase = ConnectionPhase.Closed;
        _closed.Enqueue(connection);
    }

    /// <summary>A deadline of this closing connection came.</summary>
    public void CheckFlush(SaeaConnection connection)
    {
        if (loop.NowMs >= connection.CloseAtMs)
        {
            Abort(connection, connection.Reason);
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
    public void CloseAll(SlotTable<SaeaConnection> connections)
    {
        for (int slot = 0; slot < connections.SlotsUsed; slot++)
        {
            if (!connections.IsLive(slot))
            {
                continue;
            }

            SaeaConnection connection = connections[slot];
            loop.Sender.Flush(connection);
            if (connection.OutputBytes == 0 && connection.Phase != ConnectionPhase.Closed)
            {
                TryShutdownSend(connection);
            }

            Abort(connection, CloseReason.Shutdown);
        }

        ReleaseClosed();
    }

    private void Release(SaeaConnection connection)
    {
        connection.Socket.Dispose();
        loop.Sender.DropOutput(connection);
        if (connection.Kept is { } kept)
        {
            loop.Pool.Return(kept);
            connection.Kept = null;
        }

        if (!connection.ReceiveArmed)
        {
            connection.Receive.Dispose();
        }

        loop.Forget(connection);
        logger.ConnectionClosed(loop.Index, connection.Id.Slot, connection.Reason);
        handler.OnClosed(connection.Id, connection.Reason);
    }

    private static bool TryShutdownSend(SaeaConnection connection)
    {
        try
        {
            connection.Socket.Shutdown(SocketShutdown.Send);
            return true;
        }
        catch (SocketException)
        {
            // The peer reset the connection in the meantime: there is nothing left to be orderly about.
            return false;
        }
    }
}
