using System.Buffers;
using System.Net.Sockets;
using Pusher.Core.Protocol;
using Pusher.Tests.Transport.Support;
using Pusher.Transport;
using Xunit;

namespace Pusher.Tests.Transport.Contract;

/// <summary>Frames that are encoded already: whole, in order with the output, at once when nothing waits, and never more of them than allowed.</summary>
public abstract class FrameContractTests(ITransportFactory factory)
{
    private const int Large = 24 * 1024 * 1024;

    [Fact]
    public async Task TrySend_NothingWaits_TheKernelHasItOnReturn()
    {
        await using TestServer server = new(factory);
        using Socket client = await ConnectAsync(server);
        (SendOutcome outcome, long backlog, long bytesOut) = await OnConnectionAsync(server, (reactor, connection) =>
        {
            SendOutcome sent = reactor.TrySend(connection, "frame"u8, 0);
            return (sent, reactor.OutputBacklogBytes(connection), server.Transport.Counters.BytesOut);
        });
        Assert.Equal((SendOutcome.Taken, 0L, 5L), (outcome, backlog, bytesOut));
        Assert.Equal("frame"u8.ToArray(), await client.ReadExactlyAsync(5));
        Assert.Equal(0, server.SegmentsInUse);
    }

    [Fact]
    public async Task TrySend_AmongOutputOfTheSameTurn_ArrivesInOrder()
    {
        byte[] bytes = Pattern.Bytes(400_000);
        await using TestServer server = new(factory);
        using Socket client = await ConnectAsync(server);
        await OnConnectionAsync(server, (reactor, connection) =>
        {
            for (int at = 0, i = 0; at < bytes.Length; i++)
            {
                int length = Math.Min(1 + (i * 37 % 3000), bytes.Length - at);
                ReadOnlySpan<byte> part = bytes.AsSpan(at, length);
                if (i % 3 == 0)
                {
                    reactor.Output(connection).Write(part);
                }
                else
                {
                    Assert.Equal(SendOutcome.Taken, reactor.TrySend(connection, part, long.MaxValue));
                }

                at += length;
            }

            return true;
        });
        Assert.Equal(bytes, await client.ReadExactlyAsync(bytes.Length));

        // The kernel hands the last bytes over before the loop can count them.
        await Until.TrueAsync(() => server.Transport.Counters.BytesOut >= bytes.Length, "what was sent is counted");
        Assert.Equal(bytes.Length, server.Transport.Counters.BytesOut);
    }

    [Fact]
    public async Task TrySend_BehindAShortOutput_LeavesWithItAtTheEndOfTheTurn()
    {
        await using TestServer server = new(factory);
        using Socket client = await ConnectAsync(server);
        long bytesOut = await OnConnectionAsync(server, (reactor, connection) =>
        {
            reactor.Output(connection).Write("one "u8);
            Assert.Equal(SendOutcome.Taken, reactor.TrySend(connection, "two"u8, 1000));
            Assert.Equal(7, reactor.OutputBacklogBytes(connection));
            return server.Transport.Counters.BytesOut;
        });
        Assert.Equal(0, bytesOut);
        Assert.Equal("one two"u8.ToArray(), await client.ReadExactlyAsync(7));
    }

    [Fact]
    public async Task TrySend_LargerThanAllSocketBuffers_ArrivesWholeThoughTheBufferIsUsedAgain()
    {
        byte[] bytes = Pattern.Bytes(Large);
        byte[] shared = (byte[])bytes.Clone();
        await using TestServer server = new(factory);
        using Socket client = await ConnectAsync(server);
        await OnConnectionAsync(server, (reactor, connection) =>
        {
            Assert.Equal(SendOutcome.Taken, reactor.TrySend(connection, shared, 0));
            Array.Clear(shared);
            reactor.Output(connection).Write("end"u8);
            return true;
        });
        Assert.Equal(bytes, await client.ReadExactlyAsync(Large));
        Assert.Equal("end"u8.ToArray(), await client.ReadExactlyAsync(3));
        await Until.TrueAsync(() => server.Transport.Counters.BacklogBytes == 0 && server.SegmentsInUse == 0, "the memory is given back");
    }

    [Fact]
    public async Task TrySend_PeerDoesNotRead_BacklogIsBoundedAndOnlyWholeFramesAreDropped()
    {
        const int BacklogMax = 64 * 1024;
        byte[] frame = Pattern.Bytes(10_007);
        await using TestServer server = new(factory);
        using Socket client = await ConnectAsync(server);
        int taken = 0;
        long most = 0;
        SendOutcome last = SendOutcome.Taken;
        while (last == SendOutcome.Taken)
        {
            (last, most) = await OnConnectionAsync(server, (reactor, connection) =>
            {
                SendOutcome outcome = reactor.TrySend(connection, frame, BacklogMax);
                taken += outcome == SendOutcome.Taken ? 1 : 0;
                return (outcome, Math.Max(most, reactor.OutputBacklogBytes(connection)));
            });
            Assert.True(taken < 10_000, "somebody takes without an end");
        }

        Assert.Equal(SendOutcome.Backlogged, last);
        Assert.InRange(most, BacklogMax, BacklogMax + frame.Length);
        for (int i = 0; i < taken; i++)
        {
            Assert.Equal(frame, await client.ReadExactlyAsync(frame.Length));
        }

        // Now there is room again, and nothing of the refused frame was sent.
        await Until.TrueAsync(() => server.Transport.Counters.BacklogBytes == 0, "all has left");
        Assert.Equal(SendOutcome.Taken, await OnConnectionAsync(server, (reactor, connection) => reactor.TrySend(connection, "end"u8, BacklogMax)));
        Assert.Equal("end"u8.ToArray(), await client.ReadExactlyAsync(3));
    }

    [Fact]
    public async Task TrySend_BehindMuchOutputThatTheKernelWasNotOffered_IsNoBacklog()
    {
        byte[] bytes = Pattern.Bytes(50_000);
        await using TestServer server = new(factory);
        using Socket client = await ConnectAsync(server);
        SendOutcome outcome = await OnConnectionAsync(server, (reactor, connection) =>
        {
            reactor.Output(connection).Write(bytes.AsSpan(0, 40_000));
            return reactor.TrySend(connection, bytes.AsSpan(40_000), 1000);
        });
        Assert.Equal(SendOutcome.Taken, outcome);
        Assert.Equal(bytes, await client.ReadExactlyAsync(bytes.Length));
    }

    [Fact]
    public async Task TrySend_ConnectionClosingOrGone_IsGone()
    {
        await using TestServer server = new(factory);
        using Socket client = await ConnectAsync(server);
        SendOutcome closing = await OnConnectionAsync(server, (reactor, connection) =>
        {
            reactor.Output(connection).Write("bye"u8);
            reactor.Close(connection, CloseReason.Draining);
            return reactor.TrySend(connection, "frame"u8, 1000);
        });
        Assert.Equal("bye"u8.ToArray(), await client.ReadExactlyAsync(3));
        client.Shutdown(SocketShutdown.Both);
        Assert.Equal(CloseReason.Draining, await server.ReasonAsync());
        Assert.Equal(SendOutcome.Gone, closing);
        Assert.Equal(SendOutcome.Gone, await OnConnectionAsync(server, (reactor, connection) => reactor.TrySend(connection, "frame"u8, 1000)));
        Assert.Equal(SendOutcome.Gone, await server.Handler.DoAsync(reactor => reactor.TrySend(default, "frame"u8, 1000)));
        Assert.Equal(0, server.SegmentsInUse);
    }

    [Fact]
    public async Task TrySend_PeerReset_IsGoneAndClosedOnce()
    {
        await using TestServer server = new(factory);
        Socket client = await ConnectAsync(server);
        SendOutcome outcome = await OnConnectionAsync(server, (reactor, connection) =>
        {
            client.LingerState = new LingerOption(true, 0);
            client.Dispose(); // a reset, and this turn has not read it yet
            return reactor.TrySend(connection, "frame"u8, 1000);
        });
        Assert.Equal(SendOutcome.Gone, outcome);
        await server.ReasonAsync();
        Assert.Equal(SendOutcome.Gone, await OnConnectionAsync(server, (reactor, connection) => reactor.TrySend(connection, "frame"u8, 1000)));
        Assert.Single(server.Handler.Closes);
        Assert.Equal(0, server.SegmentsInUse);
    }

    private static async Task<Socket> ConnectAsync(TestServer server)
    {
        Socket client = await server.ConnectAsync();
        await Until.TrueAsync(() => server.Accepted == 1, "accepted");
        return client;
    }

    private static Task<T> OnConnectionAsync<T>(TestServer server, Func<IReactor, ConnectionId, T> action)
        => server.Handler.DoAsync(reactor => action(reactor, server.Handler.Accepts.First()));
}
