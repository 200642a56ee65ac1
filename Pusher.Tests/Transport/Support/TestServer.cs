using System.Net.Sockets;
using Pusher.Core.Protocol;
using Pusher.Transport;
using Xunit;

namespace Pusher.Tests.Transport.Support;

/// <summary>A started transport on a free port of loopback. Its disposal checks that every accepted connection was closed exactly once.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly ITransportFactory _factory;

    public TestServer(ITransportFactory factory, TransportOptions? options = null, Action<ScriptedHandler>? script = null)
    {
        _factory = factory;
        List<ScriptedHandler> handlers = [];
        Transport = factory.Create(options ?? new TransportOptions { Reactors = 1 }, _ =>
        {
            ScriptedHandler handler = new();
            script?.Invoke(handler);
            handlers.Add(handler);
            return handler;
        });
        Handlers = handlers;
        Transport.Start();
    }

    public ITransport Transport { get; }

    public IReadOnlyList<ScriptedHandler> Handlers { get; }

    public ScriptedHandler Handler => Handlers[0];

    public int SegmentsInUse => _factory.SegmentsInUse(Transport);

    public int Accepted => Handlers.Sum(handler => handler.Accepts.Count);

    public int Closed => Handlers.Sum(handler => handler.Closes.Count);

    public async Task<Socket> ConnectAsync()
    {
        Socket client = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await Until.DoneAsync(client.ConnectAsync(Transport.LocalEndPoint));
        return client;
    }

    /// <summary>Waits for the connection to close and returns why it did.</summary>
    public async Task<CloseReason> ReasonAsync(int index = 0)
    {
        await Until.TrueAsync(() => Handler.Closes.Count > index, "the connection is closed");
        return Handler.Closes.ElementAt(index).Reason;
    }

    public async ValueTask DisposeAsync()
    {
        await Until.DoneAsync(Transport.DisposeAsync().AsTask());
        if (Transport.Completion.IsFaulted)
        {
            return;
        }

        foreach (ScriptedHandler handler in Handlers)
        {
            Assert.Null(handler.Violation);
            Assert.Equal(handler.Accepts.Order(ById).ToArray(), handler.Closes.Select(close => close.Connection).Order(ById).ToArray());
        }

        Assert.Equal(0, Transport.Counters.Connections);
        Assert.Equal(Accepted, Transport.Counters.ClosedTotal);
    }

    private static readonly Comparer<ConnectionId> ById =
        Comparer<ConnectionId>.Create(static (a, b) => (a.Slot, a.Generation).CompareTo((b.Slot, b.Generation)));
}
