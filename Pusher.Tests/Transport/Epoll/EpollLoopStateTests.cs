using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Pusher.Core.Protocol;
using Pusher.Tests.Transport.Support;
using Pusher.Transport;
using Pusher.Transport.Epoll;
using Pusher.Transport.Interop;
using Xunit;

namespace Pusher.Tests.Transport.Epoll;

/// <summary>What only this transport has: tokens, the epoll set, the flat table.</summary>
public sealed class EpollLoopStateTests
{
    private const EpollFlags Input = EpollFlags.In | EpollFlags.PeerHangUp | EpollFlags.EdgeTriggered;

    /// <summary>Bits that the kernel adds to what is asked for.</summary>
    private const EpollFlags Always = EpollFlags.Error | EpollFlags.HangUp;

    [Fact]
    public void IdleConnection_IsFortyEightBytes() => Assert.Equal(48, Unsafe.SizeOf<EpollConnection>());

    [Fact]
    public async Task OutputWaits_RoomIsWatchedOnlySoLong()
    {
        const int Bytes = 8 * 1024 * 1024;
        await using TestServer server = new(new EpollFactory());
        using Socket client = await server.ConnectAsync();
        await Until.TrueAsync(() => server.Accepted == 1, "accepted");
        EpollLoop loop = LoopOf(server);
        ConnectionId id = server.Handler.Accepts.First();
        int descriptor = await server.Handler.DoAsync(_ => loop.Connections[id.Slot].Descriptor);
        Assert.Equal(Input | Always, DescriptorInfo.Watched(loop.Set, descriptor));

        await server.Handler.DoAsync(reactor => reactor.Output(id).Write(new byte[Bytes]));
        await Until.TrueAsync(() => server.Transport.Counters.BacklogBytes > 0, "output waits");
        Assert.Equal(Input | Always | EpollFlags.Out, DescriptorInfo.Watched(loop.Set, descriptor));

        await client.ReadExactlyAsync(Bytes);
        await Until.TrueAsync(() => server.Transport.Counters.BacklogBytes == 0, "nothing waits");
        await Until.TrueAsync(() => DescriptorInfo.Watched(loop.Set, descriptor) == (Input | Always), "room is not watched any more");
    }

    [Fact]
    public async Task Event_OfAnEarlierConnectionInTheSameSlot_IsIgnored()
    {
        await using TestServer server = new(new EpollFactory());
        (await server.ConnectAsync()).Dispose();
        await server.ReasonAsync();
        using Socket client = await server.ConnectAsync();
        await Until.TrueAsync(() => server.Accepted == 2, "accepted");
        EpollLoop loop = LoopOf(server);
        ConnectionId earlier = server.Handler.Accepts.First();
        ConnectionId id = server.Handler.Accepts.Last();
        Assert.Equal(earlier.Slot, id.Slot);
        Assert.NotEqual(earlier.Generation, id.Generation);

        // The events of the new connection come with the token of the old one, as if they had been under way when it was released.
        int descriptor = await server.Handler.DoAsync(_ => loop.Connections[id.Slot].Descriptor);
        loop.Set.Modify(descriptor, Input, EventToken.Of(earlier));
        await client.SendAllAsync(new byte[] { 1 });
        await server.Handler.DoAsync(_ => { });
        await server.Handler.DoAsync(_ => { });
        Assert.Equal(0, server.Transport.Counters.BytesIn);

        loop.Set.Modify(descriptor, Input, EventToken.Of(id));
        Assert.Equal([1], await client.ReadExactlyAsync(1));
    }

    [Fact]
    public async Task Closed_Connection_LeavesTheEpollSet()
    {
        await using TestServer server = new(new EpollFactory());
        Socket client = await server.ConnectAsync();
        await Until.TrueAsync(() => server.Accepted == 1, "accepted");
        EpollLoop loop = LoopOf(server);
        ConnectionId id = server.Handler.Accepts.First();
        int descriptor = await server.Handler.DoAsync(_ => loop.Connections[id.Slot].Descriptor);
        client.Dispose();
        Assert.Equal(CloseReason.PeerClosed, await server.ReasonAsync());
        Assert.Null(DescriptorInfo.Watched(loop.Set, descriptor));
    }

    private static EpollLoop LoopOf(TestServer server) => ((EpollTransport)server.Transport).Loops[0];
}
