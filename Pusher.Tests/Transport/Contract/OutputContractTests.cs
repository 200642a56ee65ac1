using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using Pusher.Core.Protocol;
using Pusher.Tests.Transport.Support;
using Pusher.Transport;
using Xunit;

namespace Pusher.Tests.Transport.Contract;

/// <summary>What is written arrives whole and in order, and a peer that does not read costs a bounded amount.</summary>
public abstract class OutputContractTests(ITransportFactory factory)
{
    private const int Large = 24 * 1024 * 1024;

    [Fact]
    public async Task Output_OfOneTurn_IsGatheredAndArrivesInOrder()
    {
        const int Writes = 5000;
        bool sentTooEarly = false;
        await using TestServer server = new(factory, script: handler => handler.Received = (reactor, connection, in bytes) =>
        {
            for (int i = 0; i < Writes; i++)
            {
                IBufferWriter<byte> output = reactor.Output(connection);
                BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), i);
                output.Advance(4);
                sentTooEarly |= reactor.OutputBacklogBytes(connection) != (i + 1) * 4;
            }

            return bytes.End;
        });
        using Socket client = await server.ConnectAsync();
        await client.SendAllAsync(new byte[] { 1 });
        byte[] all = await client.ReadExactlyAsync(Writes * 4);
        for (int i = 0; i < Writes; i++)
        {
            Assert.Equal(i, BinaryPrimitives.ReadInt32BigEndian(all.AsSpan(i * 4)));
        }

        Assert.False(sentTooEarly);
    }

    [Fact]
    public async Task Output_LargerThanAllSocketBuffers_ArrivesWholeAtASlowReader()
    {
        byte[] bytes = Pattern.Bytes(Large);
        await using TestServer server = new(factory);
        using Socket client = await server.ConnectAsync();
        await WriteAsync(server, bytes);
        await Until.TrueAsync(() => server.Transport.Counters.BacklogBytes > 0, "output waits");
        Assert.Equal(bytes, await client.ReadExactlyAsync(Large));
        await Until.TrueAsync(() => server.Transport.Counters.BacklogBytes == 0 && server.SegmentsInUse == 0, "the memory is given back");
        Assert.Equal(Large, server.Transport.Counters.BytesOut);
    }

    [Fact]
    public async Task Output_WhileEarlierOutputWaits_FollowsIt()
    {
        byte[] bytes = Pattern.Bytes(4 * 1024 * 1024);
        await using TestServer server = new(factory);
        using Socket client = await server.ConnectAsync();
        foreach (byte[] chunk in bytes.Chunk(100_001))
        {
            await WriteAsync(server, chunk);
        }

        Assert.Equal(bytes, await client.ReadExactlyAsync(bytes.Length));
    }

    [Fact]
    public async Task Output_SizeHintsOfAllSizes_AreMet()
    {
        await using TestServer server = new(factory);
        using Socket client = await server.ConnectAsync();
        await Until.TrueAsync(() => server.Accepted == 1, "accepted");
        int[] hints = [0, 1, 1023, 1025, 5000, 70_000, 300_000, 2];
        int[] got = await server.Handler.DoAsync(reactor => Array.ConvertAll(hints, hint =>
        {
            IBufferWriter<byte> output = reactor.Output(server.Handler.Accepts.First());
            int length = output.GetMemory(hint).Length;
            output.GetSpan(hint)[0] = (byte)(hint & 0xFF);
            output.Advance(1);
            return length;
        }));
        Assert.All(hints.Zip(got), pair => Assert.True(pair.Second >= Math.Max(pair.First, 1)));
        Assert.Equal(Array.ConvertAll(hints, hint => (byte)(hint & 0xFF)), await client.ReadExactlyAsync(hints.Length));
    }

    [Fact]
    public async Task SlowReader_WithoutProgress_IsClosed()
    {
        await using TestServer server = new(factory, new TransportOptions { Reactors = 1, SendStallMs = 150 });
        using Socket client = await server.ConnectAsync();
        await WriteAsync(server, new byte[Large]);
        Assert.Equal(CloseReason.SlowReader, await server.ReasonAsync());
        await Until.TrueAsync(() => server.Transport.Counters.BacklogBytes == 0 && server.SegmentsInUse == 0, "the memory is given back");
        Assert.Equal(1, server.Transport.Counters.Closed(CloseReason.SlowReader));
    }

    [Fact]
    public async Task SlowReader_ThatTakesALittleNowAndThen_IsNotClosed()
    {
        const int StallMs = 4000; // a machine that is busy for a while does not look like a reader that stalls
        byte[] bytes = Pattern.Bytes(Large);
        await using TestServer server = new(factory, new TransportOptions { Reactors = 1, SendStallMs = StallMs });
        using Socket client = await server.ConnectAsync();
        await WriteAsync(server, bytes);
        using PeriodicTimer pause = new(TimeSpan.FromMilliseconds(StallMs / 8));
        byte[] part = await client.ReadExactlyAsync(1024 * 1024);
        int read = part.Length;
        for (int i = 0; i < 12; i++)
        {
            await pause.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            read += (await client.ReadExactlyAsync(1024 * 1024)).Length;
        }

        Assert.Empty(server.Handler.Closes);
        Assert.Equal(bytes.AsMemory(read), await client.ReadExactlyAsync(Large - read));
    }

    [Fact]
    public async Task Output_OfAConnectionThatIsGone_IsDropped()
    {
        await using TestServer server = new(factory);
        (await server.ConnectAsync()).Dispose();
        await server.ReasonAsync();
        ConnectionId gone = server.Handler.Accepts.First();
        long backlog = await server.Handler.DoAsync(reactor =>
        {
            reactor.Output(gone).Write(new byte[10_000]);
            reactor.Output(default).Write(new byte[10]);
            return reactor.OutputBacklogBytes(gone);
        });
        Assert.Equal(0, backlog);
        Assert.Equal(0, server.SegmentsInUse);
    }

    private static async Task WriteAsync(TestServer server, byte[] bytes)
    {
        await Until.TrueAsync(() => server.Accepted > 0, "accepted");
        ConnectionId connection = server.Handler.Accepts.First();
        await server.Handler.DoAsync(reactor => reactor.Output(connection).Write(bytes));
    }
}
