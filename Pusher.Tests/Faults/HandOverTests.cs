using Pusher.Core.Protocol;
using Pusher.Router.Redis;
using Pusher.Router.Routes;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Faults;

/// <summary>A node dies between the OK and the ring, and with it the one that would have swept for the message: another takes the partition over, and rings.</summary>
[Collection(FaultsDefinition.Name)]
public sealed class HandOverTests
{
    [Fact]
    public async Task NodeDies_WhatItStoredAndDidNotRing_IsRungByAnother()
    {
        var devices = new List<TestDevice>();
        await using var cluster = await TestCluster.StartAsync(2, credentials => devices.AddRange(Enumerable.Range(0, 20).Select(i => credentials.Add($"printer-{i}"))));
        var (dying, other) = (cluster.Nodes[0], cluster.Nodes[1]);
        var partitions = Rendezvous.Share("n1", ["n1", "n2"], Partition.Count).ToHashSet();
        var device = devices.First(d => partitions.Contains(Partition.Of(d.Identity)));
        var (raw, _) = await RawDevice.LoginNewAsync(other.Listen, device);
        await using var disposal = raw;
        await dying.TerminateAsync(); // and gives its lease back
        await dying.StartAgainAsync(("PUSHER_CRASH_POINT", "after-ok:1"));
        await Eventually.TrueAsync(async () => await TestCluster.ReadMeterAsync(other, "pusher_nodes_live") == 2, "both know each other");
        var before = await TestCluster.ReadMeterAsync(other, "pusher_sweeper_rings_total");

        await Assert.ThrowsAsync<HttpRequestException>(async () => await dying.PublishAsync(device, "order", ("Pusher-Id", "order-7")));

        Assert.Equal("order", (await raw.ReadAsync(FrameType.Push)).BodyText);
        Assert.True(await TestCluster.ReadMeterAsync(other, "pusher_sweeper_rings_total") > before, "nobody but the sweeper can have rung");
        Assert.Equal("duplicate", (await other.PublishAsync(device, "order", ("Pusher-Id", "order-7"))).Reply.GetProperty("status").GetString());
    }
}
