using System.Globalization;
using Pusher.Core.Identity;
using Pusher.Router.Cache;
using Pusher.Router.Routes;
using Pusher.Router.Routes.Redis;
using Pusher.Router.Stores;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Routes;

/// <summary>The contract, kept by Redis; and what only several nodes can show.</summary>
public sealed class RedisRouteTableTests(RedisServer redis) : RouteTableContractTests, IClassFixture<RedisServer>
{
    /// <summary>No lease ends because the machine is busy, but for that of a node that is to die.</summary>
    private const int LivingLeaseMs = 60_000;

    private const int DyingLeaseMs = 3_000;

    private RedisNode _node = null!;

    public override ValueTask DisposeAsync() => _node.DisposeAsync();

    protected override async ValueTask<IRouteTable> OpenAsync()
    {
        await redis.Process.CommandAsync("FLUSHALL");
        _node = await StartAsync(Node);
        return _node.Table;
    }

    [Fact]
    public async Task Claim_FromAnotherNode_ReplacesTheFirstForBoth()
    {
        await using var other = await StartAsync("node-b");
        var first = (await ClaimAsync(Printer, 1, 1))!.Value.Route;

        var second = (await other.Table.ClaimAsync(Printer, new LoginOrder(1, 2), Cancellation))!.Value;

        Assert.Equal(first, second.Replaced);
        Assert.True(second.Route.Epoch > first.Epoch);
        Assert.Equal(("node-b", second.Route.Epoch), (await Table.FindAsync(Printer, Cancellation)) is { } found ? (found.Node, found.Epoch) : default);
        Assert.False(await Table.ReleaseAsync(Printer, first.Epoch, Cancellation));
        Assert.Equal(second.Route, await other.Table.FindAsync(Printer, Cancellation));
        Assert.Null(await ClaimAsync(Printer, 1, 1));
    }

    // The entry's own time is out of reach: what makes it a miss is that the node is found without a lease.
    [Fact]
    public async Task Cached_RouteOfANodeWhoseLeaseRanOut_IsAMiss()
    {
        var dying = await StartAsync("node-b", DyingLeaseMs);
        await using var stays = await StartAsync("node-c");
        await dying.Table.ClaimAsync(Device(0), default, Cancellation);
        await stays.Table.ClaimAsync(Device(1), default, Cancellation);
        var options = new CacheOptions { Name = "routes", KeepMs = int.MaxValue };
        using var cache = new TwoLevelCache<DeviceKey, Route>(Table.FindAsync, options, TimeProvider.System, route => route.NodeLifetime);
        Assert.Equal("node-b", (await cache.GetAsync(Device(0), Cancellation))?.Node);
        Assert.Equal("node-c", (await cache.GetAsync(Device(1), Cancellation))?.Node);

        await dying.DieAsync();

        await Eventually.TrueAsync(() => !cache.TryPeek(Device(0), out _), "the cached route of the dead node is void");
        Assert.True(cache.TryPeek(Device(1), out _));
        Assert.Null(await cache.GetAsync(Device(0), Cancellation));
    }

    [Fact]
    public async Task Find_RouteOfANodeWhoseLeaseRanOut_IsNoneAtAll()
    {
        var dying = await StartAsync("node-b", DyingLeaseMs);
        for (var i = 0; i < 50; i++)
        {
            await dying.Table.ClaimAsync(Device(i), default, Cancellation);
        }

        Assert.Equal("node-b", (await Table.FindAsync(Device(0), Cancellation))?.Node);
        await dying.DieAsync();

        await Eventually.TrueAsync(async () => await Table.FindAsync(Device(0), Cancellation) is null, "the routes of the dead node are void");
        for (var i = 0; i < 50; i++)
        {
            Assert.Null(await Table.FindAsync(Device(i), Cancellation));
        }

        Assert.Null((await ClaimAsync(Device(0)))!.Value.Replaced);
    }

    [Fact]
    public async Task Find_RouteOfAnEarlierProcessOfTheSameName_IsNone()
    {
        var first = await StartAsync("node-b");
        await first.Table.ClaimAsync(Printer, default, Cancellation);
        await first.DisposeAsync();
        await using var second = await StartAsync("node-b");

        Assert.True(second.Membership.Incarnation > first.Membership.Incarnation);
        Assert.Null(await second.Table.FindAsync(Printer, Cancellation));

        // The other node may have seen the first process live, and learns of its end at its next renewal.
        await Eventually.TrueAsync(async () => await Table.FindAsync(Printer, Cancellation) is null, "the route of the earlier process is void");
    }

    [Fact]
    public async Task Claim_AfterAllDataIsLost_GoesOnBehindTheLastEpoch()
    {
        var before = (await ClaimAsync(Printer))!.Value.Route;
        await redis.Process.CommandAsync("FLUSHALL");

        var after = (await ClaimAsync(Printer))!.Value;

        Assert.True(after.Route.Epoch > before.Epoch);
        Assert.Null(after.Replaced);
    }

    [Fact]
    public async Task Claim_WhileRedisIsAway_IsUnavailable()
    {
        await using var server = await RedisServerProcess.StartNewAsync();
        await using var node = await RedisNode.StartAsync(server.Address, Options("node-c", LivingLeaseMs));
        await server.KillAsync();

        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await node.Table.ClaimAsync(Printer, default, Cancellation));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await node.Table.FindAsync(Printer, Cancellation));
    }

    // 250 bytes is the bound for a device, its share of lease and index included.
    [Fact]
    public async Task Claim_TenThousandDevices_TakesLessThanTheBoundInRedis()
    {
        const int Devices = 10_000;
        await ClaimAsync(Printer);
        var before = await MemoryAsync();
        await Task.WhenAll(Enumerable.Range(0, Devices).Select(i => Table.ClaimAsync(Device(i), new LoginOrder((ulong)i + 1, 1), Cancellation).AsTask()));

        var bytes = (await MemoryAsync() - before) / Devices;

        TestContext.Current.SendDiagnosticMessage($"{bytes} bytes of Redis for a route");
        Assert.InRange(bytes, 20, 250);
    }

    private static DeviceKey Device(int i) => new("tenant-7", $"printer-{i:D6}");

    private static NodeMembershipOptions Options(string node, int leaseMs) => new() { Node = node, LeaseMs = leaseMs, RenewMs = 100 };

    private Task<RedisNode> StartAsync(string node, int leaseMs = LivingLeaseMs)
        => RedisNode.StartAsync(RedisServerProcess.Patient(redis.Process.Address), Options(node, leaseMs));

    private async Task<long> MemoryAsync()
    {
        var info = await redis.Process.CommandAsync("INFO memory");
        var line = info.Split('\n').First(l => l.StartsWith("used_memory:", StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
    }
}
