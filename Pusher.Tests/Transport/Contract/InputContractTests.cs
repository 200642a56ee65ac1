using System.Net.Sockets;
using Pusher.Core.Protocol;
using Pusher.Tests.Transport.Support;
using Pusher.Transport;
using Pusher.Transport.Connections;
using Xunit;

namespace Pusher.Tests.Transport.Contract;

/// <summary>What comes in is handed over whole, in order and fairly.</summary>
public abstract class InputContractTests(ITransportFactory factory)
{
    [Fact]
    public async Task Received_AnyBytes_AreEchoed()
    {
        await using TestServer server = new(factory);
        using Socket client = await server.ConnectAsync();
        foreach (int size in (int[])[1, 127, 4096, 200_000])
        {
            byte[] bytes = Pattern.Bytes(size);
            Task sending = client.SendAllAsync(bytes);
            Assert.Equal(bytes, await client.ReadExactlyAsync(size));
            await sending;
        }
    }

    [Fact]
    public async Task Received_OneByteAtATime_ArrivesAsWholeFrames()
    {
        await using TestServer server = new(factory, script: handler => handler.Received = Pattern.EchoFrames);
        using Socket client = await server.ConnectAsync();
        byte[] frame = Pattern.Frame(Pattern.Bytes(300));
        foreach (byte one in frame)
        {
            await client.SendAllAsync(new[] { one });
        }

        Assert.Equal(frame, await client.ReadExactlyAsync(frame.Length));
    }

    [Fact]
    public async Task Received_SplitAnywhere_ArrivesAsWholeFrames()
    {
        await using TestServer server = new(factory, script: handler => handler.Received = Pattern.EchoFrames);
        using Socket client = await server.ConnectAsync();
        byte[] frames = [.. Pattern.Frame(Pattern.Bytes(40)), .. Pattern.Frame([]), .. Pattern.Frame(Pattern.Bytes(33))];
        for (int split = 1; split < frames.Length; split++)
        {
            await client.SendAllAsync(frames.AsMemory(0, split));
            // The first part was read when its bytes are counted, so the second part is a read of its own.
            long expected = (long)(split - 1) * frames.Length + split;
            await Until.TrueAsync(() => server.Transport.Counters.BytesIn == expected, "the first part is read");
            await client.SendAllAsync(frames.AsMemory(split));
            Assert.Equal(frames, await client.ReadExactlyAsync(frames.Length));
        }
    }

    [Fact]
    public async Task Received_FrameLargerThanTheReceiveBuffer_ArrivesWhole()
    {
        TransportOptions options = new() { Reactors = 1, ReceiveBufferBytes = 256 };
        await using TestServer server = new(factory, options, handler => handler.Received = Pattern.EchoFrames);
        using Socket client = await server.ConnectAsync();
        byte[] frame = Pattern.Frame(Pattern.Bytes(60_000));
        await client.SendAllAsync(frame);
        Assert.Equal(frame, await client.ReadExactlyAsync(frame.Length));
    }

    [Fact]
    public async Task Received_PartialFrame_IsKeptInPooledMemoryUntilItIsWhole()
    {
        await using TestServer server = new(factory, script: handler => handler.Received = Pattern.EchoFrames);
        using Socket client = await server.ConnectAsync();
        byte[] frame = Pattern.Frame(Pattern.Bytes(5000));
        await client.SendAllAsync(frame.AsMemory(0, 3000));
        await Until.TrueAsync(() => server.SegmentsInUse > 0, "the part is kept");
        await client.SendAllAsync(frame.AsMemory(3000));
        Assert.Equal(frame, await client.ReadExactlyAsync(frame.Length));
        await Until.TrueAsync(() => server.SegmentsInUse == 0, "the memory is given back");
    }

    [Fact]
    public async Task Closed_WithPartialFrame_GivesItsMemoryBack()
    {
        await using TestServer server = new(factory, script: handler => handler.Received = Pattern.EchoFrames);
        using (Socket client = await server.ConnectAsync())
        {
            await client.SendAllAsync(new byte[] { 9, 9, 9 });
            await Until.TrueAsync(() => server.SegmentsInUse > 0, "the part is kept");
        }

        Assert.Equal(CloseReason.PeerClosed, await server.ReasonAsync());
        await Until.TrueAsync(() => server.SegmentsInUse == 0, "the memory is given back");
    }

    [Fact]
    public async Task Idle_Connections_HoldNoBuffer()
    {
        await using TestServer server = new(factory);
        List<Socket> clients = [];
        for (int i = 0; i < 20; i++)
        {
            Socket client = await server.ConnectAsync();
            clients.Add(client);
            await client.SendAllAsync(new byte[] { 1 });
            await client.ReadExactlyAsync(1);
        }

        await Until.TrueAsync(() => server.SegmentsInUse == 0, "no connection holds memory");
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task OnePeerFloods_OthersAreReadInTheSameTurn()
    {
        Dictionary<ConnectionId, int> readsOfTurn = [];
        int most = 0;
        TransportOptions options = new() { Reactors = 1, ReceiveBufferBytes = 64, OutputPauseBytes = int.MaxValue };
        await using TestServer server = new(factory, options, handler =>
        {
            handler.Turn = () =>
            {
                readsOfTurn.Clear();
                return -1;
            };
            handler.Received = (reactor, connection, in bytes) =>
            {
                readsOfTurn[connection] = readsOfTurn.GetValueOrDefault(connection) + 1;
                most = Math.Max(most, readsOfTurn[connection]);
                return bytes.Length == 1 ? ScriptedHandler.Echo(reactor, connection, in bytes) : bytes.End;
            };
        });
        using Socket flooding = await server.ConnectAsync();
        using Socket polite = await server.ConnectAsync();
        using CancellationTokenSource stop = new();
        Task flood = Task.Run(() => Flood(flooding, stop.Token), TestContext.Current.CancellationToken);
        await Until.TrueAsync(() => server.Transport.Counters.BytesIn > 100_000, "the flood arrives");
        for (int i = 0; i < 50; i++)
        {
            await polite.SendAllAsync(new byte[] { 7 });
            Assert.Equal([7], await polite.ReadExactlyAsync(1));
        }

        await stop.CancelAsync();
        await Until.DoneAsync(flood);
        Assert.Equal(TurnBudget.ReadsPerConnection, await server.Handler.DoAsync(_ => most));
    }

    [Fact]
    public async Task ManyAreReady_OneTurnReadsABoundedNumber()
    {
        const int Count = TurnBudget.ConnectionsRead + 60;
        int ofTurn = 0;
        int most = 0;
        await using TestServer server = new(factory, script: handler =>
        {
            handler.Turn = () =>
            {
                ofTurn = 0;
                return -1;
            };
            handler.Received = (_, _, in bytes) =>
            {
                most = Math.Max(most, ++ofTurn);
                return bytes.End;
            };
        });
        List<Socket> clients = [];
        while (clients.Count < Count)
        {
            clients.Add(await server.ConnectAsync());
        }

        await Until.TrueAsync(() => server.Accepted == Count, "all are accepted");
        using (ManualResetEventSlim gate = new())
        {
            Task held = server.Handler.DoAsync(_ => gate.Wait(TimeSpan.FromSeconds(60)));
            foreach (Socket client in clients)
            {
                await client.SendAllAsync(new byte[] { 1 });
            }

            gate.Set();
            await held;
        }

        await Until.TrueAsync(() => server.Transport.Counters.BytesIn == Count, "all are read");
        Assert.InRange(await server.Handler.DoAsync(_ => most), 1, TurnBudget.ConnectionsRead);
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task PeerAsksWithoutReading_IsReadNoFurther()
    {
        TransportOptions options = new() { Reactors = 1, OutputPauseBytes = 64 * 1024 };
        await using TestServer server = new(factory, options);
        using Socket client = await server.ConnectAsync();
        byte[] bytes = Pattern.Bytes(16 * 1024 * 1024);
        Task sending = client.SendAllAsync(bytes);
        await Until.TrueAsync(() => server.Transport.Counters.BacklogBytes > options.OutputPauseBytes / 2, "output waits");
        long limit = options.OutputPauseBytes + (long)TurnBudget.ReadsPerConnection * options.ReceiveBufferBytes;
        Assert.InRange(server.Transport.Counters.BacklogBytes, 0, limit);
        Assert.False(sending.IsCompleted);
        Assert.Equal(bytes, await client.ReadExactlyAsync(bytes.Length));
        await sending;
    }

    private static void Flood(Socket socket, CancellationToken stop)
    {
        byte[] bytes = new byte[32 * 1024];
        while (!stop.IsCancellationRequested)
        {
            socket.Send(bytes);
        }
    }
}
