using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Protocol;
using Pusher.Tests.Transport.Contract;
using Pusher.Tests.Transport.Support;
using Pusher.Transport;
using Pusher.Transport.Epoll;
using Xunit;

namespace Pusher.Tests.Transport.Epoll;

[Collection(AloneDefinition.Name)]
public sealed class EpollConnectorTests
{
    private static readonly TransportOptions OneReactor = new() { Reactors = 1 };

    [Fact]
    public async Task Connect_FromASourceAddress_ArrivesFromThereAndCarriesBytes()
    {
        PeerAddress seen = default;
        await using TestServer server = new(new EpollFactory(), script: handler => handler.AcceptedFrom = remote => seen = remote);
        ScriptedClient client = new();
        byte[] answer = [];
        client.Handler.Received = (_, _, in bytes) =>
        {
            answer = bytes.ToArray();
            return bytes.End;
        };
        await using EpollConnector connector = await StartAsync(client);
        ConnectionId id = await client.Handler.DoAsync(_ => client.Reactor.Connect(server.Transport.LocalEndPoint, new IPEndPoint(IPAddress.Parse("127.0.0.5"), 0)));
        await Until.TrueAsync(() => client.Handler.Accepts.Contains(id), "connected");
        await client.Handler.DoAsync(reactor => reactor.Output(id).Write("hello"u8));
        await Until.TrueAsync(() => answer.Length > 0, "answered");
        Assert.Equal("hello"u8.ToArray(), answer);
        Assert.Equal(IPAddress.Parse("127.0.0.5"), seen.Address);
        Assert.Equal(1, connector.Counters.Connections);
        Assert.Null(client.Handler.Violation);
    }

    [Fact]
    public async Task Connect_NobodyListens_IsRefusedOnceAndNotInsideTheCall()
    {
        IPEndPoint closed;
        using (Socket socket = new(SocketType.Stream, ProtocolType.Tcp))
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            closed = (IPEndPoint)socket.LocalEndPoint!;
        }

        ScriptedClient client = new();
        await using (EpollConnector connector = await StartAsync(client))
        {
            (ConnectionId id, int inside) = await client.Handler.DoAsync(_ => (client.Reactor.Connect(closed, null), client.Failures.Count));
            await Until.TrueAsync(() => !client.Failures.IsEmpty, "it failed");
            Assert.Equal((id, CloseReason.ConnectRefused), client.Failures.First());
            Assert.Equal(0, inside);
            Assert.Equal(0, connector.Counters.Connections);
        }

        Assert.Single(client.Failures);
        Assert.Empty(client.Handler.Accepts);
    }

    [Fact]
    public async Task Connect_SourceOfAnotherMachine_FailsOnceAndNotInsideTheCall()
    {
        await using TestServer server = new(new EpollFactory());
        ScriptedClient client = new();
        await using EpollConnector connector = await StartAsync(client);

        // TEST-NET-1 of RFC 5737: nobody's address.
        IPEndPoint foreign = new(IPAddress.Parse("192.0.2.1"), 0);
        (ConnectionId id, int inside) = await client.Handler.DoAsync(_ => (client.Reactor.Connect(server.Transport.LocalEndPoint, foreign), client.Failures.Count));
        await Until.TrueAsync(() => !client.Failures.IsEmpty, "it failed");
        Assert.Equal((id, CloseReason.ConnectFailed), client.Failures.First());
        Assert.Equal(0, inside);
    }

    [Fact]
    public async Task Close_WhileConnecting_EndsWithItsReasonAndIsNeverConnected()
    {
        await using TestServer server = new(new EpollFactory());
        ScriptedClient client = new();
        await using EpollConnector connector = await StartAsync(client);
        ConnectionId id = await client.Handler.DoAsync(_ =>
        {
            ConnectionId connecting = client.Reactor.Connect(server.Transport.LocalEndPoint, null);
            client.Reactor.Output(connecting).Write(new byte[100]);
            client.Reactor.Close(connecting, CloseReason.Draining);
            return connecting;
        });
        await Until.TrueAsync(() => !client.Failures.IsEmpty, "it is closed");
        Assert.Equal((id, CloseReason.Draining), client.Failures.First());
        Assert.Empty(client.Handler.Accepts);
        Assert.Equal(0, connector.Loops[0].Pool.SegmentsOut);
    }

    [Fact]
    public async Task Connect_PeerSpeaksFirstAndCloses_AllIsHandedOver()
    {
        const int Count = 200;
        await using TestServer server = new(new EpollFactory(), script: handler => handler.Accepted = (reactor, connection) =>
        {
            reactor.Output(connection).Write("hi"u8);
            reactor.Close(connection, CloseReason.Busy);
        });
        long received = 0;
        ScriptedClient client = new();
        client.Handler.Received = (_, _, in bytes) =>
        {
            received += bytes.Length;
            return bytes.End;
        };
        await using EpollConnector connector = await StartAsync(client);
        await client.Handler.DoAsync(_ =>
        {
            for (int i = 0; i < Count; i++)
            {
                client.Reactor.Connect(server.Transport.LocalEndPoint, null);
            }
        });
        await Until.TrueAsync(() => client.Handler.Closes.Count == Count, "all are closed");
        Assert.All(client.Handler.Closes, close => Assert.Equal(CloseReason.PeerClosed, close.Reason));
        Assert.Equal(2 * Count, received);
        await Until.TrueAsync(() => server.Closed == Count, "closed at the other side too");
    }

    [Fact]
    public async Task Connect_HandlerThatCannotBeTold_IsAnError()
    {
        await using TestServer server = new(new EpollFactory());
        Type? thrown = await server.Handler.DoAsync(reactor =>
            Record.Exception(() => ((IReactorClient)reactor).Connect(server.Transport.LocalEndPoint, null))?.GetType());
        Assert.Equal(typeof(InvalidOperationException), thrown);
    }

    [Fact]
    public async Task PingPong_BetweenTwoLoops_AllocatesNothing()
    {
        await using TestServer server = new(new EpollFactory());
        long rounds = 0;
        ScriptedClient client = new();
        client.Handler.Received = (reactor, connection, in bytes) =>
        {
            rounds++;
            return ScriptedHandler.Echo(reactor, connection, in bytes);
        };
        await using EpollConnector connector = await StartAsync(client);
        ConnectionId id = await client.Handler.DoAsync(_ => client.Reactor.Connect(server.Transport.LocalEndPoint, null));
        await Until.TrueAsync(() => client.Handler.Accepts.Contains(id), "connected");
        await client.Handler.DoAsync(reactor => reactor.Output(id).Write(new byte[128]));
        await Until.TrueAsync(() => Volatile.Read(ref rounds) > 3000, "warm");
        long allocated = client.Handler.BytesAllocatedByLoop;
        long from = Volatile.Read(ref rounds);
        await Until.TrueAsync(() => Volatile.Read(ref rounds) > from + 20_000, "it goes back and forth");
        Assert.Equal(0, client.Handler.BytesAllocatedByLoop - allocated);
    }

    private static async Task<EpollConnector> StartAsync(ScriptedClient client)
    {
        EpollConnector connector = new(OneReactor, _ => client, NullLogger<EpollConnector>.Instance);
        connector.Start();
        await Until.TrueAsync(() => client.Handler.Reactor is not null, "the loop begins");
        return connector;
    }
}
