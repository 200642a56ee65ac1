using System.Buffers;
using Pusher.Core.Protocol;

namespace Pusher.Transport;

/// <summary>One loop thread and the connections that belong to it for life.</summary>
/// <remarks>Threading: <see cref="Wake"/> from any thread; everything else on the reactor's thread only.</remarks>
public interface IReactor
{
    /// <summary>0, 1, …: which of the transport's reactors this is.</summary>
    int Index { get; }

    /// <summary>Monotonic milliseconds of this turn, read once when it began; the clock of <see cref="IReactorHandler.OnTurn"/>.</summary>
    long NowMs { get; }

    /// <summary>Connections open now.</summary>
    int ConnectionCount { get; }

    /// <summary>
    /// The place to write frames for a connection. What is written in one turn is gathered and sent once, at the end of the
    /// turn. For a connection that is closed or closing, what is written is dropped. Ask for it anew each turn and keep it no
    /// longer: afterwards the same object may serve another connection.
    /// </summary>
    IBufferWriter<byte> Output(ConnectionId connection);

    /// <summary>
    /// Sends a frame that is encoded already, whole and in order with what <see cref="Output"/> wrote. With nothing waiting for the connection the
    /// kernel gets it at once, straight from the caller's buffer, and only what it does not take is copied; else it is copied behind what waits.
    /// The buffer is the caller's again on return. What is copied behind this turn's output leaves with it in one send, so for several small
    /// frames to one connection <see cref="Output"/> is the better way for the first.
    /// </summary>
    /// <param name="connection">To whom.</param>
    /// <param name="frame">At least one byte.</param>
    /// <param name="backlogBytesMax">
    /// With more than so many bytes waiting, after the kernel was offered what this turn wrote, the frame is not taken. With nothing waiting a frame is
    /// always taken, however long.
    /// </param>
    SendOutcome TrySend(ConnectionId connection, ReadOnlySpan<byte> frame, long backlogBytesMax);

    /// <summary>Bytes that were written and that the kernel has not taken yet; 0 for a connection that is gone.</summary>
    long OutputBacklogBytes(ConnectionId connection);

    /// <summary>
    /// Closes: no more input is handed over, what was written before is flushed (for a bounded time), then
    /// <see cref="IReactorHandler.OnClosed"/> is called once, from the loop, never from inside this call. The first reason wins.
    /// </summary>
    void Close(ConnectionId connection, CloseReason reason);

    /// <summary>Makes the loop take a turn soon. Cheap when one is coming anyway.</summary>
    void Wake();
}
