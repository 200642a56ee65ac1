using System.Net.Sockets;
using Pusher.Core.Protocol;
using Pusher.Tests.Transport.Support;
using Pusher.Transport;
using Xunit;

namespace Pusher.Tests.Transport.Contract;

/// <summary>Turns, wakes, ids, and the end of the loops.</summary>
public abstract class LoopContractTests(ITransportFactory factory)
{
    [Fact]
    public async Task Wake_FromManyThreads_NoneIsMissed()
    {
        await using TestServer server = new(factory);
        int done = 0;
        Task[] threads = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(
            async () =>
            {
                for (int i = 0; i < 500; i++)
                {
                    // Each waits for its turn, so the loop sleeps and is woken again and again.
                    await server.Handler.DoAsync(_ => done++);
                }
            },
            TestContext.Current.CancellationToken))];
        await Until.DoneAsync(Task.WhenAll(threads));
        Assert.Equal(2000, done);
    }

    [Fact]
    public async Task Turn_AskedForATime_ComesWithoutAnyEvent()
    {
        await using TestServer server = new(factory, script: handler => handler.Turn = () => 3);
        await Until.TrueAsync(() => server.Handler.Turns > 20, "turns come by time");
    }

    [Fact]
    public async Task Turn_NothingHappens_TheLoopSleeps()
    {
        await using TestServer server = new(factory);
        using Socket client = await server.ConnectAsync();
        await client.SendAllAsync(new byte[] { 1 });
        await client.ReadExactlyAsync(1);
        long before = await server.Handler.DoAsync(_ => server.Handler.Turns);
        for (int i = 0; i < 20; i++)
        {
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        long after = await server.Handler.DoAsync(_ => server.Handler.Turns);
        Assert.InRange(after - before, 1, 4);
    }

    [Fact]
    public async Task Connections_ComeAndGo_SlotsAreReusedAndOldIdsFindNothing()
    {
        const int Rounds = 30;
        const int PerRound = 100;
        await using TestServer server = new(factory, new TransportOptions { Reactors = 2 });
        for (int round = 0; round < Rounds; round++)
        {
            await OpenAndCloseAsync(server, PerRound);
            int expected = (round + 1) * PerRound;
            await Until.TrueAsync(() => server.Closed == expected, "all are closed");
        }

        Assert.All(server.Handlers, handler => Assert.True(handler.Accepts.Max(id => id.Slot) < 2 * PerRound, "slots are dense"));
        Assert.All(server.Handlers, handler => Assert.Equal(handler.Accepts.Count, handler.Accepts.Distinct().Count()));
        await AssertOldIdsFindNothingAsync(server);
    }

    [Fact]
    public async Task Dispose_ClosesEveryConnectionWithShutdownAndEndsTheLoops()
    {
        TestServer server = new(factory, new TransportOptions { Reactors = 2 });
        List<Socket> clients = [];
        for (int i = 0; i < 10; i++)
        {
            clients.Add(await server.ConnectAsync());
        }

        await Until.TrueAsync(() => server.Accepted == 10, "all are accepted");
        await server.DisposeAsync();
        await Until.DoneAsync(server.Transport.Completion);
        foreach (Socket client in clients)
        {
            Assert.Empty(await client.ReadToEndAsync());
            client.Dispose();
        }

        Assert.Equal(10, server.Transport.Counters.Closed(CloseReason.Shutdown));
        await server.Transport.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(server.Transport.Start);
    }

    [Fact]
    public async Task Dispose_NeverStarted_Completes()
    {
        ITransport transport = factory.Create(new TransportOptions { Reactors = 1 }, _ => new ScriptedHandler());
        await transport.DisposeAsync();
        await Until.DoneAsync(transport.Completion);
    }

    [Fact]
    public async Task HandlerThrows_CompletionFaultsWithItsReason()
    {
        InvalidOperationException defect = new("a defect");
        await using TestServer server = new(factory, new TransportOptions { Reactors = 2 }, handler => handler.Received = (_, _, in _) => throw defect);
        using Socket client = await server.ConnectAsync();
        using Socket other = await server.ConnectAsync();
        Assert.False(server.Transport.Completion.IsCompleted);
        await client.SendAllAsync(new byte[] { 1 });
        Exception reason = await Assert.ThrowsAsync<InvalidOperationException>(() => Until.DoneAsync(server.Transport.Completion));
        Assert.Same(defect, reason);
        await Assert.ThrowsAsync<SocketException>(server.ConnectAsync);
    }

    private static async Task OpenAndCloseAsync(TestServer server, int count)
    {
        List<Socket> clients = [];
        while (clients.Count < count)
        {
            clients.Add(await server.ConnectAsync());
        }

        foreach (Socket client in clients)
        {
            await client.SendAllAsync(new byte[] { 1 });
            await client.ReadExactlyAsync(1);
            client.Dispose();
        }
    }

    private static async Task AssertOldIdsFindNothingAsync(TestServer server)
    {
        using Socket first = await server.ConnectAsync();
        using Socket second = await server.ConnectAsync();
        await Until.TrueAsync(() => server.Transport.Counters.Connections == 2, "accepted");
        foreach (ScriptedHandler handler in server.Handlers)
        {
            await handler.DoAsync(reactor =>
            {
                foreach (ConnectionId old in handler.Accepts.SkipLast(1))
                {
                    reactor.Output(old).GetSpan(1)[0] = 0xFF;
                    reactor.Output(old).Advance(1);
                    reactor.Close(old, CloseReason.Busy);
                }
            });
        }

        foreach (Socket client in (Socket[])[first, second])
        {
            await client.SendAllAsync(new byte[] { 42 });
            Assert.Equal([42], await client.ReadExactlyAsync(1));
        }
    }
}
