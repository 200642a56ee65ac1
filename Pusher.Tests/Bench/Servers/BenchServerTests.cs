using System.Net.Sockets;
using Pusher.Bench.Servers;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Bench.Servers;

/// <summary>Every bare server does the same work for the same bytes; else their figures would not be comparable.</summary>
public sealed class BenchServerTests
{
    private const int BurstMessages = 2_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, int> Kinds => new()
    {
        { nameof(ServerKind.Floor), 1 },
        { nameof(ServerKind.Floor), 2 },
        { nameof(ServerKind.Epoll), 1 },
        { nameof(ServerKind.Epoll), 2 },
        { nameof(ServerKind.Saea), 1 },
        { nameof(ServerKind.Saea), 2 },
        { nameof(ServerKind.Kestrel), 1 },
        { nameof(ServerKind.Kestrel), 2 },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Serve_Unicast_PushesInOrderAndCountsTheAck(string kind, int loops)
    {
        await using var server = await StartAsync(kind, loops);
        var (device, _) = await LoginAsync(server, "till-1");
        await using var _ = device;
        using var publisher = await PublisherAsync(server);
        await publisher.SendAsync(Messages("till-1", 1, "first", "second"), Cancel);
        var first = await device.ReadAsync(FrameType.Push);
        var second = await device.ReadAsync(FrameType.Push);
        Assert.Equal(("first", 1UL, "second", 2UL), (first.BodyText, first.Push.Seq, second.BodyText, second.Push.Seq));
        Assert.NotEqual(0u, first.Push.Stream);
        Assert.True(second.Push.MessageId > first.Push.MessageId);
        await device.AckAsync(second.Place);
        await Eventually.TrueAsync(() => server.Counts.Acked == 1);
        Assert.Equal((1, 2, 2, 0), (server.Counts.Logins, server.Counts.Published, server.Counts.Pushed, server.Counts.Undeliverable));
    }

    // Interleaved for two devices in one write, so that a server that gathers has something to gather and to mix up.
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Serve_InterleavedInOneWrite_EachDeviceGetsItsOwnInOrder(string kind, int loops)
    {
        await using var server = await StartAsync(kind, loops);
        var (one, _) = await LoginAsync(server, "till-1");
        var (two, _) = await LoginAsync(server, "till-2");
        using var publisher = await PublisherAsync(server);
        byte[] bytes =
        [
            .. Messages("till-1", 1, "1a"), .. Messages("till-2", 0, "2a"), .. Messages("nobody", 1, "x"), .. Messages("till-1", 1, "1b"),
            .. RawFrames.Write(RawFrames.All, 0, "", "to all"u8), .. Messages("till-2", 1, "2b"), .. Messages("till-1", 0, "1c"), .. Messages("till-1", 1, "1d"),
        ];
        await publisher.SendAsync(bytes, Cancel);
        Assert.Equal([("1a", 1UL), ("1b", 2UL), ("to all", 0UL), ("1c", 0UL), ("1d", 3UL)], await ReadAsync(one, 5));
        Assert.Equal([("2a", 0UL), ("to all", 0UL), ("2b", 1UL)], await ReadAsync(two, 3));
        await Eventually.TrueAsync(() => server.Counts is { Pushed: 8, Undeliverable: 1, Published: 8 });
        await one.DisposeAsync();
        await two.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Serve_Qos0ToAll_ReachesEveryDeviceWithoutStreamAndSeq(string kind, int loops)
    {
        await using var server = await StartAsync(kind, loops);
        var devices = new List<RawDevice>();
        for (var i = 0; i < 10; i++)
        {
            devices.Add((await LoginAsync(server, $"till-{i}")).Device);
        }

        using var publisher = await PublisherAsync(server);
        await publisher.SendAsync(RawFrames.Write(RawFrames.All, 0, "", "menu"u8), Cancel);
        foreach (var device in devices)
        {
            var push = await device.ReadAsync(FrameType.Push);
            Assert.Equal(("menu", default(StreamPosition)), (push.BodyText, push.Place));
            await device.DisposeAsync();
        }

        Assert.Equal(10, server.Counts.Pushed);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Serve_Heartbeat_IsAnswered(string kind, int loops)
    {
        await using var server = await StartAsync(kind, loops);
        var (device, welcome) = await LoginAsync(server, "till-1");
        await using var _ = device;
        await device.HeartbeatAsync();
        Assert.Equal(FrameType.Heartbeat, (await device.ReadAsync()).Type);
        Assert.True(welcome.Values.HeartbeatMs > 0);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Serve_DeviceIsGone_MessageIsCountedAndTheNextLoginGetsTheNextOne(string kind, int loops)
    {
        await using var server = await StartAsync(kind, loops);
        using var publisher = await PublisherAsync(server);
        await publisher.SendAsync(Messages("till-1", 0, "nobody there"), Cancel);
        await Eventually.TrueAsync(() => server.Counts.Undeliverable == 1);
        var (first, _) = await LoginAsync(server, "till-1");
        await first.DisposeAsync();
        var (second, _) = await LoginAsync(server, "till-1");
        await publisher.SendAsync(Messages("till-1", 1, "for the second"), Cancel);
        Assert.Equal(("for the second", 1UL), ((await second.ReadAsync(FrameType.Push)) is var push ? (push.BodyText, push.Push.Seq) : default));
        await second.DisposeAsync();
    }

    // A reader with a small buffer: the kernel takes only a part, and what waits must arrive whole and in order.
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Serve_BurstForOneSlowDevice_ArrivesInOrderAndFramesCutAnywhereAreRead(string kind, int loops)
    {
        await using var server = await StartAsync(kind, loops);
        await using var device = await RawDevice.ConnectAsync(server.Listen, receiveBufferBytes: 4096);
        await device.LoginAsync(new TestDevice("load", "till-1"));
        using var publisher = await PublisherAsync(server);
        var body = new string('x', 1_000);
        var bytes = Messages("till-1", 1, [.. Enumerable.Range(0, BurstMessages).Select(i => $"{i} {body}")]);
        var sending = SendInPiecesAsync(publisher, bytes);
        for (var i = 0; i < BurstMessages; i++)
        {
            var push = await device.ReadAsync(FrameType.Push);
            Assert.Equal(((ulong)i + 1, $"{i} {body}"), (push.Push.Seq, push.BodyText));
        }

        await sending;
        Assert.Equal((BurstMessages, 0), (server.Counts.Pushed, server.Counts.Undeliverable));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Serve_BytesOfNeither_AreRefused(string kind, int loops)
    {
        await using var server = await StartAsync(kind, loops);
        await using var stranger = await RawDevice.ConnectAsync(server.Listen);
        await stranger.SendAsync("GET / HTTP/1.1\r\n\r\n");
        await stranger.ExpectEndAsync();
        await using var publisher = await RawDevice.ConnectAsync(server.Raw);
        await publisher.SendAsync(new byte[] { 0, 0, 0, 3, 9, 9, 0 });
        await publisher.ExpectEndAsync();
    }

    private static Task<IBenchServer> StartAsync(string kind, int loops) => ServeCommand.StartAsync(new ServeOptions { Kind = Enum.Parse<ServerKind>(kind), Loops = loops });

    private static Task<(RawDevice Device, RawWelcome Welcome)> LoginAsync(IBenchServer server, string name) => RawDevice.LoginNewAsync(server.Listen, new TestDevice("load", name));

    private static async Task<List<(string Body, ulong Seq)>> ReadAsync(RawDevice device, int count)
    {
        var found = new List<(string Body, ulong Seq)>();
        while (found.Count < count)
        {
            var push = await device.ReadAsync(FrameType.Push);
            found.Add((push.BodyText, push.Push.Seq));
        }

        return found;
    }

    private static async Task<Socket> PublisherAsync(IBenchServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Raw, Cancel);
        return socket;
    }

    private static byte[] Messages(string device, byte qos, params string[] bodies)
        => [.. bodies.SelectMany(body => RawFrames.Write(RawFrames.One, qos, device, System.Text.Encoding.ASCII.GetBytes(body)))];

    private static async Task SendInPiecesAsync(Socket socket, byte[] bytes)
    {
        const int Piece = 7_001;
        for (var at = 0; at < bytes.Length; at += Piece)
        {
            for (var rest = bytes.AsMemory(at, Math.Min(Piece, bytes.Length - at)); rest.Length > 0;)
            {
                rest = rest[await socket.SendAsync(rest, Cancel)..];
            }
        }
    }
}
