using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using Pusher.Core.Protocol;
using Pusher.Tests.Transport.Support;
using Pusher.Transport;

namespace Pusher.Tests.Transport.Epoll;

/// <summary>A handler that opens connections; once open they are checked like accepted ones.</summary>
/// <remarks>Threading: called on the reactor's thread; the records are for any thread.</remarks>
internal sealed class ScriptedClient : IReactorClientHandler
{
    public ScriptedHandler Handler { get; } = new();

    public IReactorClient Reactor => (IReactorClient)Handler.Reactor;

    /// <summary>Connections that ended before they were open.</summary>
    public ConcurrentQueue<(ConnectionId Connection, CloseReason Reason)> Failures { get; } = new();

    public void OnStarted(IReactor reactor) => Handler.OnStarted(reactor);

    public void OnAccepted(ConnectionId connection, in PeerAddress remote) => throw new InvalidOperationException("A connector accepts nothing.");

    public void OnConnected(ConnectionId connection) => Handler.OnAccepted(connection, PeerAddress.From(new IPEndPoint(IPAddress.Loopback, 0)));

    public SequencePosition OnReceived(ConnectionId connection, in ReadOnlySequence<byte> bytes) => Handler.OnReceived(connection, in bytes);

    public void OnClosed(ConnectionId connection, CloseReason reason)
    {
        if (Handler.Accepts.Contains(connection))
        {
            Handler.OnClosed(connection, reason);
        }
        else
        {
            Failures.Enqueue((connection, reason));
        }
    }

    public int OnTurn(long nowMs) => Handler.OnTurn(nowMs);
}
