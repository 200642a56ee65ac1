using System.Buffers;
using Pusher.Core.Protocol;
using Pusher.Transport.Buffers;
using Pusher.Transport.Connections;
using Pusher.Transport.Interop;

namespace Pusher.Transport.Epoll;

/// <summary>Reads the connections of one loop and hands what came to the handler.</summary>
internal sealed class EpollReceiver(EpollLoop loop, IReactorHandler handler, TransportOptions options)
{
    private readonly ReceiveBuffer _buffer = new(loop.Pool, options.ReceiveBufferBytes);

    /// <summary>
    /// Reads what is there, within the turn's budget. A hang-up is found by reading only, so that what the peer sent before is
    /// handed over first.
    /// </summary>
    public void Read(ConnectionId id, ref EpollConnection connection)
    {
        for (int reads = 0; reads < TurnBudget.ReadsPerConnection; reads++)
        {
            if (!MayRead(ref connection))
            {
                return;
            }

            int count = Libc.Receive(connection.Descriptor, _buffer.Array);
            if (count <= 0)
            {
                OnNothingRead(id, ref connection, -count);
                return;
            }

            loop.Counters.Received(count);
            if (connection.Phase == ConnectionPhase.Open)
            {
                Deliver(id, ref connection, count);
            }

            // A short read emptied the kernel's buffer, and what comes later is an edge of its own: no read that finds nothing (epoll(7)).
            if (count < _buffer.Array.Length && !connection.HungUp && connection.Broken == CloseReason.None)
            {
                return;
            }
        }

        loop.QueueRead(id, ref connection);
    }

    /// <summary>Reads on when enough of the output went that made reading pause.</summary>
    public void Resume(ConnectionId id, ref EpollConnection connection)
    {
        if (connection.ReadPaused && connection.OutputBytes <= options.OutputPauseBytes / 2)
        {
            connection.ReadPaused = false;
            loop.QueueRead(id, ref connection);
        }
    }

    private bool MayRead(ref EpollConnection connection)
    {
        switch (connection.Phase)
        {
            case ConnectionPhase.Open:
                connection.ReadPaused = connection.OutputBytes > options.OutputPauseBytes && connection.Broken == CloseReason.None;
                return !connection.ReadPaused;
            case ConnectionPhase.Lingering:
                return true;
            default:
                return false;
        }
    }

    private void Deliver(ConnectionId id, ref EpollConnection connection, int count)
    {
        ReadOnlySequence<byte> bytes = _buffer.Join(connection.Kept, count);
        SequencePosition position = handler.OnReceived(id, in bytes);
        long consumed = connection.Phase == ConnectionPhase.Open
            ? bytes.GetOffset(position) - bytes.GetOffset(bytes.Start)
            : bytes.Length;
        connection.Kept = _buffer.Keep(connection.Kept, count, consumed);
    }

    private void OnNothingRead(ConnectionId id, ref EpollConnection connection, int error)
    {
        if (connection.Broken != CloseReason.None)
        {
            loop.Closer.Abort(id, ref connection, connection.Broken);
        }
        else if (error == Errno.Again)
        {
            connection.HungUp = false;
        }
        else if (error != 0)
        {
            loop.Closer.Abort(id, ref connection, CloseReason.ReceiveFailed);
        }
        else if (connection.Phase == ConnectionPhase.Open)
        {
            loop.Closer.Begin(id, ref connection, CloseReason.PeerClosed);
        }
        else
        {
            loop.Closer.Abort(id, ref connection, connection.Reason);
        }
    }
}
