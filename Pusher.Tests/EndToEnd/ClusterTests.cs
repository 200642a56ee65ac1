using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>Three nodes as processes, a real redis-server and a real nats-server: publishing to any, devices on any.</summary>
public sealed class ClusterTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;
    private TestDevice _device = null!;
    private TestNode _n1 = null!;
    private TestNode _n2 = null!;
    private TestNode _n3 = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync(3, credentials => _device = credentials.Add("printer"));
        (_n1, _n2, _n3) = (_cluster.Nodes[0], _cluster.Nodes[1], _cluster.Nodes[2]);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Publish_AtAnotherNode_ReachesTheDeviceAndItsAckEndsIt()
    {
        var (raw, _) = await RawDevice.LoginNewAsync(_n2.Listen, _device);
        await using var disposal = raw;
        for (var i = 1; i <= 20; i++)
        {
            var reply = await TestCluster.PublishAsync(_cluster.Nodes[i % 3], _device, $"order {i}");
            var push = await raw.ReadAsync(FrameType.Push);
            Assert.Equal($"order {i}", push.BodyText);
            await raw.AckAsync(push.Place);
            await _n3.WaitForStateAsync("acme", reply.GetProperty("message_id").GetString()!, "acked");
        }

        // Not by the sweeper: each node but the device's rang.
        Assert.Equal(0, await TestCluster.ReadMeterAsync(_n2, "pusher_sweeper_rings_total"));
        Assert.True(await TestCluster.ReadMeterAsync(_n2, "pusher_cluster_rings_received_total") >= 13);
        Assert.True(await TestCluster.ReadMeterAsync(_n1, "pusher_routes_hits_total") > 0);
    }

    [Fact]
    public async Task PublishUnstored_DeviceElsewhere_GetsItAndTheAnswerCountsIt()
    {
        var (raw, _) = await RawDevice.LoginNewAsync(_n2.Listen, _device);
        await using var disposal = raw;
        await Eventually.TrueAsync(async () => await TestCluster.ReadMeterAsync(_n1, "pusher_groups_invalidations_total") > 0, "node 2 has told that it holds a device");
        foreach (var target in new[] { $"devices/{_device.Identity.Device}", "all" })
        {
            // Until the answering node knows where the device is it leaves the number out; it never says that nobody is there.
            await Eventually.TrueAsync(async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_n1.Http, $"v1/tenants/{_device.Identity.Tenant}/{target}/messages"));
                request.Content = new StringContent("now");
                request.Headers.Add("Pusher-Qos", "0");
                var (_, reply) = await _n1.SendAsync(request);
                Assert.Equal("now", (await raw.ReadAsync(FrameType.Push)).BodyText);
                return reply.TryGetProperty("reached", out var reached) && reached.GetInt32() == 1;
            });
        }

        // The third node holds no device of the tenant, and hears nothing of it.
        Assert.Equal(0, await TestCluster.ReadMeterAsync(_n3, "pusher_qos0_deliveries_total"));
    }

    [Fact]
    public async Task Publish_OverNats_AnyNodeTakesIt()
    {
        var (raw, _) = await RawDevice.LoginNewAsync(_n1.Listen, _device);
        await using var disposal = raw;
        await using var client = await RawNatsClient.ConnectAsync(_cluster.Nats.Port);
        for (var i = 1; i <= 30; i++)
        {
            var answer = await client.RequestAsync("pusher.pub.acme.device.printer", $"order {i}");
            Assert.Equal("ok", answer!.Json.GetProperty("status").GetString());
            var push = await raw.ReadAsync(FrameType.Push);
            Assert.Equal($"order {i}", push.BodyText);
            await raw.AckAsync(push.Place);
        }

        var counts = await Task.WhenAll(_cluster.Nodes.Select(node => TestCluster.ReadMeterAsync(node, "pusher_publishes_total")));
        Assert.True(counts.Count(c => c > 0) >= 2, $"30 publishes were taken by {string.Join(", ", counts)}");
    }

    [Fact]
    public async Task Login_OnAnotherNode_TakesOverWithWhatIsUnacknowledgedInOrder()
    {
        var (older, first) = await RawDevice.LoginNewAsync(_n1.Listen, _device);
        await using var olderDisposal = older;
        for (var i = 1; i <= 5; i++)
        {
            await TestCluster.PublishAsync(_n3, _device, $"order {i}");
        }

        var pushes = new List<RawFrame>();
        for (var i = 1; i <= 5; i++)
        {
            pushes.Add(await older.ReadAsync(FrameType.Push));
        }

        await older.AckAsync(pushes[1].Place); // sent, and not known to be in the store when the newer login comes
        await older.HeartbeatAsync();
        await older.ReadAsync(FrameType.Heartbeat);
        var (newer, second) = await RawDevice.LoginNewAsync(_n2.Listen, _device);
        await using var newerDisposal = newer;

        await older.ExpectFarewellAsync(FrameType.GoAway, CloseReason.Replaced);
        Assert.True(second.Values.Epoch > first.Values.Epoch);
        Assert.Equal([pushes[1].Place], second.Streams);
        for (var i = 3; i <= 5; i++)
        {
            var push = await newer.ReadAsync(FrameType.Push);
            Assert.Equal($"order {i}", push.BodyText);
            Assert.Equal(PushFlags.Redelivery, push.Push.Flags & PushFlags.Redelivery);
            await newer.AckAsync(push.Place);
        }

        await TestCluster.PublishAsync(_n1, _device, "order 6"); // at the node that held it before
        Assert.Equal("order 6", (await newer.ReadAsync(FrameType.Push)).BodyText);
    }

    [Fact]
    public async Task Publish_WhileTheDeviceGoesFromNodeToNode_AllArriveInOrder()
    {
        const int Rounds = 8;
        const int PerRound = 5;
        var seen = default(StreamPosition);
        var sent = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var (raw, _) = await RawDevice.LoginNewAsync(_cluster.Nodes[round % 3].Listen, _device, seen: seen == default ? [] : [seen]);
            for (var i = 0; i < PerRound; i++)
            {
                await TestCluster.PublishAsync(_cluster.Nodes[(round + i) % 3], _device, $"order {++sent}");
                var push = await raw.ReadAsync(FrameType.Push);
                Assert.Equal($"order {sent}", push.BodyText);
                seen = push.Place;
                await raw.AckAsync(push.Place);
            }

            await raw.DisposeAsync();
        }
    }

    [Fact]
    public async Task NodeKilled_DeviceGoesElsewhere_ReachedAtOnce()
    {
        var (raw, _) = await RawDevice.LoginNewAsync(_n1.Listen, _device);
        await using var disposal = raw;
        await TestCluster.PublishAsync(_n3, _device, "one");
        var one = await raw.ReadAsync(FrameType.Push);
        await raw.AckAsync(one.Place);
        await _n1.KillAsync();

        var (again, _) = await RawDevice.LoginNewAsync(_n2.Listen, _device, seen: one.Place);
        await using var againDisposal = again;
        await TestCluster.PublishAsync(_n3, _device, "two");
        Assert.Equal("two", (await again.ReadAsync(FrameType.Push)).BodyText);
    }

    [Fact]
    public async Task NatsKilled_RingsAreLost_TheSweeperBringsThem()
    {
        var (raw, _) = await RawDevice.LoginNewAsync(_n2.Listen, _device);
        await using var disposal = raw;
        await TestCluster.PublishAsync(_n1, _device, "one");
        await raw.AckAsync((await raw.ReadAsync(FrameType.Push)).Place);
        await _cluster.Nats.KillAsync();

        await TestCluster.PublishAsync(_n1, _device, "two"); // over HTTP
        Assert.Equal("two", (await raw.ReadAsync(FrameType.Push)).BodyText);
        await raw.HeartbeatAsync();
        await raw.ReadAsync(FrameType.Heartbeat); // the socket was not touched
    }

    // Neither the kick nor the news of the login reached the older node; when the bus is back, it finds out by itself.
    [Fact]
    public async Task Login_WhileNatsIsAway_TheOlderSessionEndsWhenItIsBack()
    {
        var (older, _) = await RawDevice.LoginNewAsync(_n1.Listen, _device);
        await using var olderDisposal = older;
        await _cluster.Nats.KillAsync();
        await Eventually.TrueAsync(async () => await TestCluster.ReadMeterAsync(_n1, "pusher_bus_connected") == 0);
        var (newer, _) = await RawDevice.LoginNewAsync(_n2.Listen, _device);
        await using var newerDisposal = newer;
        await older.HeartbeatAsync();
        await older.ReadAsync(FrameType.Heartbeat);

        await _cluster.Nats.StartAsync();

        await older.ExpectFarewellAsync(FrameType.GoAway, CloseReason.Replaced);
        await TestCluster.PublishAsync(_n1, _device, "order");
        Assert.Equal("order", (await newer.ReadAsync(FrameType.Push)).BodyText);
    }
}
