using Pusher.Core.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Router.Cache;
using Pusher.Router.Dispatch;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Cluster;

/// <summary>Two and three nodes that talk over a real nats-server.</summary>
public sealed class ClusterTests : IAsyncLifetime
{
    private static readonly DeviceKey Device = new("acme", "printer-1");

    private NodesOnNats _nodes = null!;
    private TestClusterNode _a = null!;
    private TestClusterNode _b = null!;

    public async ValueTask InitializeAsync()
    {
        _nodes = await NodesOnNats.StartNewAsync();
        _a = await _nodes.StartNodeAsync("a");
        _b = await _nodes.StartNodeAsync("b");
    }

    public ValueTask DisposeAsync() => _nodes.DisposeAsync();

    [Fact]
    public async Task Ring_DeviceHere_NothingIsSent()
    {
        await _a.LoginAsync(Device);
        await Eventually.TrueAsync(() => _a.Cluster.Counters.Sent == 1); // the news of the login
        Assert.True(_a.Cluster.Doorbell.Ring(Message(1)));
        await Eventually.TrueAsync(() => _a.Letters.Count == 1);
        await PingPongAsync();
        Assert.Equal((0, 0), (_b.Cluster.Counters.RingsReceived, _a.Cluster.Routes.Loads));
    }

    [Fact]
    public async Task Ring_DeviceElsewhere_TheMessageRidesAlongOnceTheRouteIsKnown()
    {
        await _b.LoginAsync(Device);
        _a.Cluster.Doorbell.Ring(Message(1)); // looks the route up, and rings without the message
        await Eventually.TrueAsync(() => _b.Rings.Count == 1);
        Assert.Equal(new StreamPosition(7, 1), Assert.Single(_b.Rings));

        Assert.True(_a.Cluster.Doorbell.Ring(Message(2)));
        await Eventually.TrueAsync(() => _b.Letters.Count == 1);
        var letter = Assert.Single(_b.Letters);
        Assert.Equal((2UL, "order 2"), (letter.Head.Seq, letter.Body));
        Assert.Equal((1, 1), (_a.Cluster.Routes.Loads, _a.Cluster.Routes.Hits));
    }

    [Fact]
    public async Task Expect_BeforeTheStoreAnswers_TheFirstRingFindsTheRoute()
    {
        await _b.LoginAsync(Device);
        _a.Cluster.Doorbell.Expect(Device);
        await Eventually.TrueAsync(() => _a.Cluster.Routes.TryPeek(Device, out _));
        Assert.True(_a.Cluster.Doorbell.Ring(Message(1)));
        await Eventually.TrueAsync(() => _b.Letters.Count == 1);
    }

    [Fact]
    public async Task Ring_LargeMessage_IsRungForAndNotCarried()
    {
        await _b.LoginAsync(Device);
        await KnowRouteAsync(_a);
        _a.Cluster.Doorbell.Ring(Message(1, new byte[4 * 1024 + 1]));
        await Eventually.TrueAsync(() => _b.Rings.Count == 1);
        Assert.Empty(_b.Letters);
    }

    [Fact]
    public async Task Ring_ManyAtOnce_ShareEnvelopesAndKeepTheirOrder()
    {
        const int Messages = 5_000;
        await _b.LoginAsync(Device);
        await KnowRouteAsync(_a);
        var envelopes = _a.Cluster.Counters.Envelopes;
        for (var i = 1; i <= Messages; i++)
        {
            Assert.True(_a.Cluster.Doorbell.Ring(Message((ulong)i)));
        }

        await Eventually.TrueAsync(() => _b.Letters.Count == Messages);
        Assert.Equal(Enumerable.Range(1, Messages).Select(i => (ulong)i), _b.Letters.Select(l => l.Head.Seq));
        Assert.InRange(_a.Cluster.Counters.Envelopes - envelopes, 1, Messages / 2);
        Assert.Equal(0, _a.Cluster.Counters.Dropped);
    }

    [Fact]
    public async Task Ring_OfflineDevice_IsLookedUpOnceAndRungNowhere()
    {
        for (var i = 1; i <= 100; i++)
        {
            Assert.False(_a.Cluster.Doorbell.Ring(Message((ulong)i)));
        }

        await Eventually.TrueAsync(() => _a.Cluster.Routes.TryPeek(Device, out _));
        Assert.False(_a.Cluster.Doorbell.Ring(Message(101)));
        Assert.Equal((1, 0), (_a.Cluster.Routes.Loads, _a.Cluster.Counters.Sent));
    }

    // The route that a knows is out of date, and nobody told: b answers "not here", a asks level 2 and rings at c.
    [Fact]
    public async Task Ring_RouteOutOfDate_NotHereLeadsToTheRightNode()
    {
        var c = await _nodes.StartNodeAsync("c");
        var epoch = await _b.LoginAsync(Device);
        await KnowRouteAsync(_a);
        _b.Forget(Device, epoch);
        c.EnterSilently(Device, await c.ClaimAsync(Device));

        Assert.True(_a.Cluster.Doorbell.Ring(Message(5)));

        await Eventually.TrueAsync(() => c.Rings.Count == 1);
        Assert.Equal(new StreamPosition(7, 5), Assert.Single(c.Rings));
        Assert.Equal(1, _b.Cluster.Counters.NotHere);
        Assert.True(_a.Cluster.Doorbell.Ring(Message(6)));
        await Eventually.TrueAsync(() => c.Letters.Count == 1);
    }

    // The route table itself is wrong: one more try, and no third.
    [Fact]
    public async Task Ring_RouteTableOutOfDate_TwoTriesAndTheEntryIsGone()
    {
        var epoch = await _b.LoginAsync(Device);
        await KnowRouteAsync(_a);
        _b.Forget(Device, epoch);
        _a.Cluster.Doorbell.Ring(Message(1));
        await Eventually.TrueAsync(() => _b.Cluster.Counters.NotHere == 2);
        await Eventually.TrueAsync(() => !_a.Cluster.Routes.TryPeek(Device, out _));
        await PingPongAsync();
        Assert.Equal(2, _b.Cluster.Counters.NotHere);
    }

    [Fact]
    public async Task Login_KnownToBeOffline_TheOtherNodesForgetThat()
    {
        _a.Cluster.Doorbell.Expect(Device);
        await Eventually.TrueAsync(() => _a.Cluster.Routes.TryPeek(Device, out _));
        await _b.LoginAsync(Device);
        await Eventually.TrueAsync(() => !_a.Cluster.Routes.TryPeek(Device, out _));
    }

    [Fact]
    public async Task Login_OnAnotherNode_EndsTheOlderSessionFirst()
    {
        var older = await _a.LoginAsync(Device);
        var newer = await _b.LoginAsync(Device);
        Assert.True(newer > older);
        Assert.Equal(Device, Assert.Single(_a.Replaced.Distinct()));
        Assert.Equal((1, 0), (_b.Cluster.Counters.Takeovers, _b.Cluster.Counters.KicksUnanswered));
        await Eventually.TrueAsync(() => _a.Cluster.Counters.Evicted > 0); // the news of the login may have ended it, and is counted beside the kick's answer
    }

    [Fact]
    public async Task Login_OlderNodeDoesNotAnswer_GoesOnAfterTheTakeOverTime()
    {
        var c = await _nodes.StartNodeAsync("c", o => o with { TakeOverMs = 200 });
        await _a.LoginAsync(Device);
        _a.IsStuck = true;
        Assert.True(await c.LoginAsync(Device) > 0);
        Assert.Equal(1, c.Cluster.Counters.KicksUnanswered);
        Assert.Equal(1, c.Log.Count("node a does not answer"));
    }

    // b's claim came after a's, and its kick before a entered the session in its directory.
    [Fact]
    public async Task Login_KickCameBeforeItEnteredTheDirectory_IsFenced()
    {
        var first = await _a.ClaimAsync(Device);
        await _b.LoginAsync(Device);
        Assert.Equal(0UL, await _a.EnterAsync(Device, first));
        Assert.False(_a.Directory.TryFind(Device, out _));
        Assert.True(await _a.LoginAsync(Device) > first.Route.Epoch); // a later one is not
    }

    [Fact]
    public async Task Kick_LostButTheNewsOfTheLoginArrives_EndsTheOlderSession()
    {
        var older = await _a.LoginAsync(Device);
        var claim = await _b.ClaimAsync(Device);
        await _b.EnterAsync(Device, claim with { Replaced = null }); // no kick
        await Eventually.TrueAsync(() => !_a.Replaced.IsEmpty);
        Assert.True(claim.Route.Epoch > older);
    }

    [Fact]
    public async Task Login_ManyTimesOnThreeNodes_TheNewestStays()
    {
        var c = await _nodes.StartNodeAsync("c");
        TestClusterNode[] nodes = [_a, _b, c];
        var epochs = new List<(TestClusterNode Node, ulong Epoch)>();
        for (var i = 0; i < 60; i++)
        {
            var node = nodes[i % 3];
            epochs.Add((node, await node.LoginAsync(Device)));
        }

        Assert.All(epochs, e => Assert.True(e.Epoch > 0));
        Assert.Equal(epochs.Select(e => e.Epoch).Order(), epochs.Select(e => e.Epoch));
        var last = epochs[^1];
        await Eventually.TrueAsync(() =>
        {
            _a.Cluster.Doorbell.Expect(Device);
            return _a.Cluster.Routes.TryPeek(Device, out var route) && route?.Epoch == last.Epoch;
        });
        Assert.True(last.Node.Directory.TryFind(Device, out var session) && session.Epoch == last.Epoch);
    }

    [Fact]
    public async Task IsOnline_Elsewhere_IsKnownOnceTheRouteIs()
    {
        Assert.Null(_a.Cluster.Presence.IsOnline(Device, out _));
        var epoch = await _b.LoginAsync(Device);
        await KnowRouteAsync(_a);
        Assert.True(_a.Cluster.Presence.IsOnline(Device, out _));
        Assert.True(_b.Cluster.Presence.IsOnline(Device, out _));
        await _b.LogoutAsync(Device, epoch);
        _a.Cluster.Routes.Drop(Device);
        await KnowRouteAsync(_a);
        Assert.False(_a.Cluster.Presence.IsOnline(Device, out _));
    }

    [Fact]
    public async Task Unstored_DeviceElsewhere_ItsNodeGetsTheFrame()
    {
        await _b.LoginAsync(Device);
        var first = Frame(1);
        Assert.Equal(new UnstoredReach(0, 0) { IsOpen = true }, _a.Cluster.Unstored.ToDevice(Device, in first)); // not known yet who is reached
        await Eventually.TrueAsync(() => _b.Unstored.ToDevices.Count == 1);
        var second = Frame(2);
        Assert.Equal(new UnstoredReach(1, 0), _a.Cluster.Unstored.ToDevice(Device, in second));
        await Eventually.TrueAsync(() => _b.Unstored.ToDevices.Count == 2);
        Assert.Equal([Device, Device], _b.Unstored.ToDevices.Select(d => d.Device));
        Assert.Equal([first.Bytes(FrameFlags.None).ToArray(), second.Bytes(FrameFlags.None).ToArray()], _b.Unstored.ToDevices.Select(d => d.Frame));
        Assert.Empty(_a.Unstored.ToDevices);
    }

    // The login is told to all nodes, and the node that told it lives: nobody needs to ask Redis where the device is.
    [Fact]
    public async Task Login_AtANodeWithALease_IsTheRouteForTheOthersUntilTheLeaseEnds()
    {
        var lease = _nodes.Groups.Leases["b"] = new Lifetime();
        await _b.LoginAsync(Device);
        await Eventually.TrueAsync(() => _a.Cluster.Routes.TryPeek(Device, out var route) && route?.Node == "b");
        Assert.True(_a.Cluster.Doorbell.Ring(Message(1)));
        await Eventually.TrueAsync(() => _b.Letters.Count == 1);
        Assert.Equal((0, 1), (_a.Cluster.Routes.Loads, _a.Cluster.Routes.Hits));

        lease.End();
        Assert.False(_a.Cluster.Routes.TryPeek(Device, out _));
    }

    [Fact]
    public async Task Ring_RoutesAreAway_IsCountedAndTheNextOneTriesAgain()
    {
        await _b.LoginAsync(Device);
        _nodes.Routes.IsUnavailable = true;
        Assert.False(_a.Cluster.Doorbell.Ring(Message(1)));
        await Eventually.TrueAsync(() => _a.Cluster.Counters.LookUpsFailed == 1);
        _nodes.Routes.IsUnavailable = false;
        _a.Cluster.Doorbell.Ring(Message(2));
        await Eventually.TrueAsync(() => _b.Rings.Count == 1);
    }

    [Fact]
    public async Task Ring_NatsDown_IsDroppedAndCountedAndWorksAgainAfterwards()
    {
        await _b.LoginAsync(Device);
        await KnowRouteAsync(_a);
        await _nodes.CutAsync();
        Assert.False(_a.Cluster.Doorbell.Ring(Message(1)));
        Assert.Equal(1, _a.Cluster.Counters.Dropped);
        Assert.True(_b.Cluster.Doorbell.Ring(Message(1))); // its own devices need no bus

        await _nodes.Nats.StartAsync();
        await Eventually.TrueAsync(() => _a.Bus.IsConnected && _b.Bus.IsConnected);
        await Eventually.TrueAsync(() =>
        {
            _a.Cluster.Doorbell.Ring(Device, 7, 9); // what the sweeper does
            return !_b.Rings.IsEmpty;
        });
    }

    [Fact]
    public async Task Login_NatsDown_DoesNotWaitForAnybody()
    {
        await _a.LoginAsync(Device);
        await _nodes.CutAsync();
        Assert.True(await _b.LoginAsync(Device) > 0);
        Assert.Equal(1, _b.Cluster.Counters.KicksUnanswered);
    }

    // Fillers have a subject of their own node: when the answer is there, what was sent before has been handled.
    private async Task PingPongAsync()
    {
        var other = new DeviceKey("acme", "ping");
        await _a.LoginAsync(other);
        await _b.LoginAsync(other);
        await _a.LoginAsync(other);
    }

    private static async Task KnowRouteAsync(TestClusterNode node)
    {
        await Eventually.TrueAsync(() =>
        {
            node.Cluster.Doorbell.Expect(Device);
            return node.Cluster.Routes.TryPeek(Device, out _);
        });
    }

    private static RecordedAppend Message(ulong seq, byte[]? payload = null) => new()
    {
        Device = Device,
        MessageId = 100 + seq,
        Stream = 7,
        Seq = seq,
        Payload = payload ?? System.Text.Encoding.UTF8.GetBytes($"order {seq}"),
    };

    private static FrameLease Frame(ulong messageId) => PushFrame.Rent(new SharedFramePool(), new PushHead { MessageId = messageId }, "now"u8);
}
