using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Pusher.Core.Protocol;
using Pusher.Tests.Transport.Support;
using Pusher.Transport;
using Xunit;

namespace Pusher.Tests.Transport.Contract;

/// <summary>Binding, accepting, and what happens when there is no room.</summary>
public abstract class ListenerContractTests(ITransportFactory factory)
{
    [Fact]
    public async Task Start_PortInUse_SaysSoAndWhatToDo()
    {
        await using TestServer first = new(factory);
        ITransport second = factory.Create(new TransportOptions { EndPoint = first.Transport.LocalEndPoint, Reactors = 1 }, _ => new ScriptedHandler());
        TransportBindException error = Assert.Throws<TransportBindException>(second.Start);
        Assert.Contains(first.Transport.LocalEndPoint.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains("in use", error.Message, StringComparison.Ordinal);
        Assert.Contains("another port", error.Message, StringComparison.Ordinal);
        await second.DisposeAsync();
    }

    [Fact]
    public async Task Start_AddressOfAnotherMachine_SaysSo()
    {
        // TEST-NET-1 of RFC 5737: nobody's address.
        IPEndPoint foreign = new(IPAddress.Parse("192.0.2.1"), 0);
        await using ITransport transport = factory.Create(new TransportOptions { EndPoint = foreign, Reactors = 1 }, _ => new ScriptedHandler());
        TransportBindException error = Assert.Throws<TransportBindException>(transport.Start);
        Assert.Contains("192.0.2.1:0", error.Message, StringComparison.Ordinal);
        Assert.Contains("not one of this machine", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_AfterARestart_BindsTheSamePortOverTimeWait()
    {
        IPEndPoint endPoint;
        await using (TestServer first = new(factory))
        {
            endPoint = first.Transport.LocalEndPoint;
            using Socket client = await first.ConnectAsync();
            await Until.TrueAsync(() => first.Accepted == 1, "accepted");

            // The server closes first, so TIME_WAIT is on its side.
            await first.Handler.DoAsync(reactor => reactor.Close(first.Handler.Accepts.First(), CloseReason.Draining));
            await client.ReadToEndAsync();
        }

        await using TestServer second = new(factory, new TransportOptions { EndPoint = endPoint, Reactors = 1 });
        using Socket again = await second.ConnectAsync();
        await Until.TrueAsync(() => second.Accepted == 1, "accepted");
    }

    [Fact]
    public void Create_OptionOutOfRange_NamesIt()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() =>
            factory.Create(new TransportOptions { ReceiveBufferBytes = 1 }, _ => new ScriptedHandler()));
        Assert.Contains(nameof(TransportOptions.ReceiveBufferBytes), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accept_SeveralReactors_SpreadsEvenly()
    {
        await using TestServer server = new(factory, new TransportOptions { Reactors = 4 });
        List<Socket> clients = [];
        for (int i = 0; i < 40; i++)
        {
            clients.Add(await server.ConnectAsync());
        }

        await Until.TrueAsync(() => server.Accepted == 40, "all are accepted");
        Assert.All(server.Handlers, handler => Assert.Equal(10, handler.Accepts.Count));
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task Accept_OverConnectionsMax_ClosesAndCountsAndRecovers()
    {
        await using TestServer server = new(factory, new TransportOptions { Reactors = 1, ConnectionsMax = 2 });
        using Socket first = await server.ConnectAsync();
        Socket second = await server.ConnectAsync();
        await Until.TrueAsync(() => server.Accepted == 2, "two are accepted");
        using (Socket refused = await server.ConnectAsync())
        {
            Assert.Empty(await refused.ReadToEndAsync());
        }

        Assert.Equal(1, server.Transport.Counters.RefusedAtLimit);
        second.Dispose();
        await server.ReasonAsync();
        using Socket third = await server.ConnectAsync();
        await third.SendAllAsync(new byte[] { 5 });
        Assert.Equal([5], await third.ReadExactlyAsync(1));
        Assert.Equal(3, server.Transport.Counters.Accepted);
    }

    [Fact]
    public async Task StopAccepting_RefusesNewOnesAndKeepsTheOthers()
    {
        await using TestServer server = new(factory);
        using Socket client = await server.ConnectAsync();
        await Until.TrueAsync(() => server.Accepted == 1, "accepted");
        server.Transport.StopAccepting();
        server.Transport.StopAccepting();
        await client.SendAllAsync(new byte[] { 3 });
        Assert.Equal([3], await client.ReadExactlyAsync(1));
        SocketException error = await Assert.ThrowsAsync<SocketException>(server.ConnectAsync);
        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    [Fact]
    public async Task Accept_NoDescriptorLeft_TurnsPeersAwayWithoutSpinningAndRecovers()
    {
        // The limit is lowered for a child process only, which runs the test below.
        string test = $"{GetType().FullName}.{nameof(WithFewDescriptors_PeersAreTurnedAwayAndServedLater)}";
        string assembly = typeof(ListenerContractTests).Assembly.Location;
        ProcessStartInfo start = new("/bin/sh")
        {
            ArgumentList = { "-c", "ulimit -n 300 && exec dotnet \"$0\" -method \"$1\" -explicit only -noColor", assembly, test },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process child = Process.Start(start)!;
        string output = await Until.DoneAsync(child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        await Until.DoneAsync(child.WaitForExitAsync(TestContext.Current.CancellationToken));
        Assert.True(child.ExitCode == 0, output);
        Assert.Contains("Total: 1, Errors: 0, Failed: 0", output, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public async Task WithFewDescriptors_PeersAreTurnedAwayAndServedLater()
    {
        await StartAllPoolThreadsAsync();
        await using TestServer server = new(factory);
        List<Socket> clients = [];
        long startMs = Environment.TickCount64;
        long connects = 0;
        while (server.Transport.Counters.AcceptFailures < 3)
        {
            try
            {
                clients.Add(await server.ConnectAsync());
                connects++;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.TooManyOpenSockets)
            {
                // The client's side ran out first: let go of one, so that the next accept is the one that finds nothing.
                clients[0].Dispose();
                clients.RemoveAt(0);
            }

            Assert.True(connects < 100_000, "the descriptors never ran out");
        }

        // Each failure turns one peer away (also one that has left the queue in the meantime) or is followed by a pause of 100 ms; a
        // listener that spins would count many thousands meanwhile.
        await Task.Delay(300, TestContext.Current.CancellationToken);
        long failures = server.Transport.Counters.AcceptFailures;
        long bound = connects + 2 + ((Environment.TickCount64 - startMs) / 100);
        clients.ForEach(client => client.Dispose());
        await Until.TrueAsync(() => server.Transport.Counters.Connections == 0, "all are closed");
        await Until.TrueAsync(() => ServesOne(server), "a new peer is served");

        // Only now: an assembly that is loaded for the first time while there is no descriptor fails to load for good.
        Assert.InRange(failures, 3, bound);
    }

    /// <summary>The runtime cannot start a thread without a free descriptor, and a pool that fails to ends the process: all that it may have exist before.</summary>
    private static async Task StartAllPoolThreadsAsync()
    {
        int threads = Math.Max(16, Environment.ProcessorCount);
        Assert.True(ThreadPool.SetMinThreads(threads, threads) && ThreadPool.SetMaxThreads(threads, threads));
        using Barrier all = new(threads);
        await Until.DoneAsync(Task.WhenAll(Enumerable.Range(0, threads).Select(_ => Task.Run(() => all.SignalAndWait(TimeSpan.FromSeconds(60))))));
    }

    private static bool ServesOne(TestServer server)
    {
        try
        {
            using Socket client = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 2000 };
            client.Connect(server.Transport.LocalEndPoint);
            client.Send([8]);
            return client.Receive(new byte[1]) == 1;
        }
        catch (SocketException)
        {
            // Turned away once more: the descriptors that the test gave up are not all back yet.
            return false;
        }
    }
}
