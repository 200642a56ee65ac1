using System.Buffers;
using Pusher.Core.Protocol;

namespace Pusher.Transport;

/// <summary>What lives on a reactor. One instance per reactor.</summary>
/// <remarks>Threading: the reactor calls every member on its own thread. An exception ends the process with its reason.</remarks>
public interface IReactorHandler
{
    /// <summary>The loop begins.</summary>
    void OnStarted(IReactor reactor);

    /// <summary>A connection was accepted. It may be closed at once.</summary>
    void OnAccepted(ConnectionId connection, in PeerAddress remote);

    /// <summary>
    /// Bytes came. Returns the position up to which they were consumed; the rest is kept and handed over again, with what
    /// comes next behind it. The buffer is valid during the call only.
    /// </summary>
    SequencePosition OnReceived(ConnectionId connection, in ReadOnlySequence<byte> bytes);

    /// <summary>The connection is gone. Called exactly once for each accepted connection.</summary>
    void OnClosed(ConnectionId connection, CloseReason reason);

    /// <summary>
    /// Once per turn of the loop, after the input and before the output is sent: the place for work from other threads and for
    /// timers. Returns for how many milliseconds the loop may sleep when nothing happens: 0 = take another turn at once,
    /// -1 = until something happens.
    /// </summary>
    /// <param name="nowMs">Monotonic milliseconds of this turn.</param>
    int OnTurn(long nowMs);
}
