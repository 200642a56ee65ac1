using Pusher.Client.Devices;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Xunit;

namespace Pusher.Tests.Client;

public sealed class ClientSessionLoginTests
{
    [Fact]
    public void OnConnected_WritesHelloWithItsNamesAndPositions()
    {
        var ring = new DedupeRing();
        ring.RecordPosition(new StreamPosition(7, 42));
        var bench = new SessionBench(SessionBench.Defaults with { Store = "soho", Tags = ["kitchen"], Window = 5, HeartbeatMs = 30_000 }, ring);
        bench.Session.Start(bench.NowMs);
        bench.Session.OnConnected(bench.Connection(), bench.NowMs);

        var sent = Assert.Single(bench.TakeSent());
        Assert.True(HelloFrame.TryRead(sent.Payload, out var hello));
        Assert.Equal("acme"u8, hello.Tenant);
        Assert.Equal("printer-1"u8, hello.Device);
        Assert.Equal("soho"u8, hello.Store);
        Assert.Equal("kitchen"u8, hello.GetTag(0));
        Assert.Equal(5, hello.Window);
        Assert.Equal(30_000u, hello.HeartbeatMs);
        Assert.Equal(1, hello.StreamCount);
        Assert.Equal(new StreamPosition(7, 42), hello.GetStream(0));
    }

    [Fact]
    public void OnConnected_EveryTime_CountsTheAttemptsOfOneInstance()
    {
        var bench = new SessionBench();
        bench.Session.Start(bench.NowMs);
        var orders = new List<LoginOrder>();
        for (var i = 0; i < 3; i++)
        {
            bench.Session.OnConnected(bench.Connection(), bench.NowMs);
            Assert.True(HelloFrame.TryRead(bench.TakeSent()[0].Payload, out var hello));
            Assert.True(hello.TryReadOrder(out var order));
            orders.Add(order);
            bench.Cut();
            bench.NowMs = bench.Session.NextDueMs;
            bench.Session.OnTimer(bench.NowMs);
        }

        Assert.Equal([1u, 2, 3], orders.Select(o => o.Attempt));
        Assert.NotEqual(0UL, Assert.Single(orders.Select(o => o.Instance).Distinct()));
    }

    [Fact]
    public void OnChallenge_ProofIsRight()
    {
        var bench = new SessionBench();
        bench.Session.Start(bench.NowMs);
        bench.Session.OnConnected(bench.Connection(), bench.NowMs);
        var helloPayload = bench.TakeSent()[0].Payload;
        Assert.True(HelloFrame.TryRead(helloPayload, out var hello));

        bench.Receive(bench.Challenge());

        var sent = Assert.Single(bench.TakeSent());
        Assert.True(ProofFrame.TryRead(sent.Payload, out var proof));
        var stored = new byte[32];
        LoginProof.StoredKey(SessionBench.Key, stored);
        Assert.True(LoginProof.Verify(stored, "acme"u8, "printer-1"u8, hello.ClientNonce, SessionBench.ServerNonce, proof.Proof));
    }

    [Fact]
    public void OnWelcome_TellsWhatTheServerSaid()
    {
        var bench = new SessionBench().Online(new StreamPosition(7, 3));
        Assert.Equal("node-1", bench.Session.Login!.Node);
        Assert.Equal(9ul, bench.Session.Login.Epoch);
        Assert.Equal(bench.Session.Login, bench.Last.Login);
    }

    [Fact]
    public void OnWelcome_BeforeAChallenge_IsRefused()
    {
        var bench = new SessionBench();
        bench.Session.Start(bench.NowMs);
        bench.Session.OnConnected(bench.Connection(), bench.NowMs);
        bench.Receive(bench.Welcome());
        Assert.Equal(ClientSessionState.Closing, bench.Session.State);
        Assert.Equal(CloseReason.WrongState, bench.Last.Reason);
    }

    [Fact]
    public void OnBytes_PushBeforeWelcome_IsRefused()
    {
        var bench = new SessionBench();
        bench.Session.Start(bench.NowMs);
        bench.Session.OnConnected(bench.Connection(), bench.NowMs);
        bench.Receive(bench.Push(1, 7, 1));
        Assert.Equal(CloseReason.WrongState, bench.Last.Reason);
        Assert.Empty(bench.HandedOver);
    }

    [Fact]
    public void Checksum_EveryFrameCarriesItAndOneWithoutIsRefused()
    {
        var bench = new SessionBench(SessionBench.Defaults with { Checksum = true }).Online(new StreamPosition(7, 0));
        bench.Handler = _ => HandlingResult.Printed;
        bench.Receive(bench.Push(1, 7, 1));
        Assert.All(bench.TakeSent(), f => Assert.Equal(FrameFlags.Checksum, f.Flags));

        bench.Receive(SessionBench.Frame(w => FrameWriter.WriteHeartbeat(w, FrameFlags.None)));
        Assert.Equal(CloseReason.BadFrame, bench.Last.Reason);
    }

    [Fact]
    public void OnBytes_LoginAndMessagesCutAtEveryByte_EndTheSame()
    {
        byte[] Script(SessionBench b) =>
        [
            .. b.Challenge(), .. b.Welcome(new StreamPosition(7, 4)), .. b.Push(100, 7, 5), .. b.Heartbeat(), .. b.Push(101, 7, 6, body: new byte[300]),
            .. b.Skipped(7, 7, 9), .. b.Push(102, 7, 10), .. b.Reset(7, 8), .. b.Push(103, 8, 1), .. b.Push(104, 8, 2),
        ];

        var length = Script(new SessionBench()).Length;
        for (var cut = 0; cut <= length; cut++)
        {
            var bench = new SessionBench { Handler = _ => HandlingResult.Printed };
            bench.Session.Start(bench.NowMs);
            bench.Session.OnConnected(bench.Connection(), bench.NowMs);
            var script = Script(bench);
            bench.Receive(script[..cut]);
            bench.Receive(script[cut..]);

            Assert.Equal([100ul, 101, 102, 103, 104], bench.HandedOver.Select(m => m.MessageId));
            Assert.EndsWith("ack 8/2", bench.Sent(), StringComparison.Ordinal);
            Assert.Equal(ClientSessionState.Online, bench.Session.State);
        }
    }

    [Fact]
    public void OnBytes_OneByteAtATime_HandsOverTheSame()
    {
        var bench = new SessionBench { Handler = _ => HandlingResult.Printed }.Online(new StreamPosition(7, 0));
        foreach (var b in (byte[])[.. bench.Push(1, 7, 1), .. bench.Push(2, 7, 2)])
        {
            bench.Receive([b]);
        }

        Assert.Equal([1ul, 2], bench.HandedOver.Select(m => m.MessageId));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    public void OnBytes_NotAServerOfOurs_ClosesAndComesBack(string greeting)
    {
        var bench = new SessionBench();
        bench.Session.Start(bench.NowMs);
        bench.Session.OnConnected(bench.Connection(), bench.NowMs);
        bench.Receive(System.Text.Encoding.ASCII.GetBytes(greeting));
        Assert.Equal(1, bench.Closes);
        bench.Cut();
        Assert.Equal(ClientSessionState.Waiting, bench.Session.State);
        Assert.Equal(CloseReason.BadFrame, bench.Last.Reason);
    }

    [Fact]
    public void OnTimer_NoWelcomeInTime_ClosesAndTriesTheNextServer()
    {
        var bench = new SessionBench();
        bench.Session.Start(bench.NowMs);
        bench.Session.OnConnected(bench.Connection(), bench.NowMs);
        Assert.Equal(bench.NowMs + bench.Options.LoginTimeoutMs, bench.Session.NextDueMs);
        bench.Session.OnTimer(bench.NowMs + bench.Options.LoginTimeoutMs - 1);
        Assert.Equal(0, bench.Closes);
        bench.NowMs += bench.Options.LoginTimeoutMs;
        bench.Session.OnTimer(bench.NowMs);
        Assert.Equal(1, bench.Closes);
        bench.Cut();
        bench.Session.OnTimer(bench.Session.NextDueMs);
        Assert.Equal(2, bench.Connects.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Constructor_OptionOutOfBounds_NamesIt(string option, ClientSessionOptions options)
    {
        var error = Assert.Throws<ArgumentException>(() => new SessionBench(options));
        Assert.Contains(option, error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, ClientSessionOptions> BadOptions() => new()
    {
        { "Servers", SessionBench.Defaults with { Servers = [] } },
        { "Servers", SessionBench.Defaults with { Servers = ["nohost"] } },
        { "Servers", SessionBench.Defaults with { Servers = ["a:0"] } },
        { "Tenant", SessionBench.Defaults with { Tenant = "a b" } },
        { "Device", SessionBench.Defaults with { Device = "" } },
        { "Store", SessionBench.Defaults with { Store = "x/y" } },
        { "Key", SessionBench.Defaults with { Key = new byte[31] } },
        { "Tags", SessionBench.Defaults with { Tags = ["a", "b", "c", "d", "e", "f", "g", "h", "i"] } },
        { "ReconnectMaxMs", SessionBench.Defaults with { ReconnectMaxMs = 1 } },
    };
}
