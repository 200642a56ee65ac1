using System.Buffers;
using System.Net.Sockets;
using Pusher.Core.Protocol;
using Pusher.Transport.Buffers;
using Pusher.Transport.Connections;

namespace Pusher.Transport.Saea;

/// <summary>Reads connections of one loop and hands their bytes to the handler.</summary>
internal sealed class SaeaReceiver(SaeaLoop loop, IReactorHandler handler, TransportOptions options)
{
    private readonly ReceiveBuffer _buffer = new(loop.Pool, options.ReceiveBufferBytes);

    /// <summary>
    /// Reads what is there, within the turn's budget. A hang-up is found by reading only, so that what the peer sent before is
    /// handed over first.
    /// </summary>
    public void Read(SaeaConnection connection)
    {
        for (int reads = 0; reads < TurnBudget.ReadsPerConnection; reads++)
        {
            if (!MayRead(connection))
            {
                return;
            }

            int count = connection.Socket.Receive(_buffer.Array, SocketFlags.None, out SocketError error);
            if (error != SocketError.Success || count == 0)
            {
                OnNothingRead(connection, error);
                return;
            }

            loop.Counters.Received(count);
            if (connection.Phase == ConnectionPhase.Open)
            {
                Deliver(connection, count);
            }

            // A short read emptied the kernel's buffer: the armed receive tells of the rest, which saves one read that finds nothing.
            if (count < _buffer.Array.Length && connection.Broken == CloseReason.None)
            {
                Arm(connection);
                return;
            }
        }

        loop.QueueRead(connection);
    }

    /// <summary>Asks to be told when there is something to read.</summary>
    public void Arm(SaeaConnection connection)
    {
        if (connection.ReceiveArmed || connection.Phase is ConnectionPhase.Flushing or ConnectionPhase.Closed)
        {
            return;
        }

        connection.ReceiveArmed = true;
        if (!connection.Socket.ReceiveAsync(connection.Receive))
        {
            connection.ReceiveArmed = false;
            loop.QueueRead(connection);
        }
    }

    /// <summary>Reads on when enough of the output went that made reading pause.</summary>
    public void Resume(SaeaConnection connection)
    {
        if (connection.ReadPaused && connection.OutputBytes <= options.OutputPauseBytes / 2)
        {
            connection.ReadPaused = false;
            loop.QueueRead(connection);
        }
    }

    private bool MayRead(SaeaConnection connection)
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

    private void Deliver(SaeaConnection connection, int count)
    {
        ReadOnlySequence<byte> bytes = _buffer.Join(connection.Kept, count);
        SequencePosition position = handler.OnReceived(connection.Id, in bytes);
        long consumed = connection.Phase == ConnectionPhase.Open
            ? bytes.GetOffset(position) - bytes.GetOffset(bytes.Start)
            : bytes.Length;
        connection.Kept = _buffer.Keep(connection.Kept, count, consumed);
    }

    private void OnNothingRead(SaeaConnection connection, SocketError error)
    {
        if (connection.Broken != CloseReason.None)
        {
            loop.Closer.Abort(connection, connection.Broken);
        }
        else if (error == SocketError.WouldBlock)
        {
            Arm(connection);
        }
        else if (error != SocketError.Success || connection.Receive.SocketError != SocketError.Success)
        {
            // The kernel reports an error once. The armed receive may have taken it; a read finds the plain end after that.
            loop.Closer.Abort(connection, CloseReason.ReceiveFailed);
        }
        else if (connection.Phase == ConnectionPhase.Open)
        {
            loop.Closer.Begin(connection, CloseReason.PeerClosed);
        }
        else
        {
            loop.Closer.Abort(connection, connection.Reason);
        }
    }
}
