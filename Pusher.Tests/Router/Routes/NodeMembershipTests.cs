using Pusher.Router.Routes.Redis;
using Pusher.Router.Stores;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Routes;

/// <summary>Leases and the list of live nodes, in a real Redis.</summary>
public sealed class NodeMembershipTests(RedisServer redis) : IClassFixture<RedisServer>
{
    [Fact]
    public async Task Join_Several_SeeEachOtherWithLoadAndNumbersOfTheirOwn()
    {
        await using var a = await JoinAsync("sees-a", connections: 11);
        await using var b = await JoinAsync("sees-b", connections: 22);

        await Eventually.TrueAsync(() => Names(a).Contains("sees-b"));
        var seen = a.Membership.Nodes.Single(node => node.Node == "sees-b");
        Assert.Equal((b.Membership.Incarnation, b.Membership.Number, 22, false), (seen.Incarnation, seen.Number, seen.Connections, seen.IsDraining));
        Assert.NotEqual(a.Membership.Number, b.Membership.Number);
        Assert.True(b.Membership.Incarnation > a.Membership.Incarnation);
    }

    [Fact]
    public async Task Join_NameOfALiveNode_IsRefusedInOneLine()
    {
        await using var first = await JoinAsync("twice");

        var failure = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await JoinAsync("twice"));

        Assert.Contains("'twice'", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.True(first.Membership.IsHeld);
    }

    [Fact]
    public async Task Join_NumberOfALiveNode_IsRefusedWithItsName()
    {
        await using var first = await JoinAsync("number-a", number: 77);

        var failure = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await JoinAsync("number-b", number: 77));

        Assert.Contains("'number-a'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Join_NameLeftBehindByACrash_IsTakenWhenTheLeaseHasRunOut()
    {
        var crashed = await JoinAsync("crashed", leaseMs: 600);
        await crashed.DieAsync();

        await using var again = await JoinAsync("crashed");

        Assert.True(again.Membership.Incarnation > crashed.Membership.Incarnation);
    }

    [Fact]
    public async Task Dispose_EndsTheLeaseAtOnceForTheOthers()
    {
        await using var stays = await JoinAsync("stays");
        var leaves = await JoinAsync("leaves");
        await Eventually.TrueAsync(() => Names(stays).Contains("leaves"));

        await leaves.DisposeAsync();

        await Eventually.TrueAsync(() => !Names(stays).Contains("leaves"));
    }

    [Fact]
    public async Task Drain_IsSeenByTheOthers()
    {
        await using var stays = await JoinAsync("drain-a");
        await using var drains = await JoinAsync("drain-b");

        await drains.Membership.DrainAsync();

        await Eventually.TrueAsync(() => stays.Membership.Nodes.Any(node => node is { Node: "drain-b", IsDraining: true }));
    }

    [Fact]
    public async Task Renew_AfterALongFreeze_TakesTheLeaseUpAgainAndSaysSo()
    {
        await using var server = await RedisServerProcess.StartNewAsync();
        await using var node = await RedisNode.StartAsync(server.Address, Options("frozen", leaseMs: 600));
        var ranOut = 0;
        node.Membership.LeaseRunOut += () => Interlocked.Increment(ref ranOut);
        await server.FreezeAsync(); // the lease runs out by Redis's clock while nobody can renew it
        await Eventually.TrueAsync(() => !node.Membership.IsHeld);

        await server.ThawAsync();

        await Eventually.TrueAsync(() => node.Membership.IsHeld && Volatile.Read(ref ranOut) > 0);
    }

    [Fact]
    public async Task Renew_AfterTheDataIsLost_RestoresTheLease()
    {
        await using var server = await RedisServerProcess.StartNewAsync();
        await using var node = await RedisNode.StartAsync(server.Address, Options("flushed"));
        await server.CommandAsync("FLUSHALL");

        await Eventually.TrueAsync(async () => (await server.CommandAsync("ZCARD pusher:{nodes}")).StartsWith(":1", StringComparison.Ordinal), "the lease is written again");
        Assert.True(node.Membership.IsHeld);
    }

    [Fact]
    public async Task Renew_NameTakenByAnotherProcess_OverwritesNothing()
    {
        await using var server = await RedisServerProcess.StartNewAsync();
        await using var node = await RedisNode.StartAsync(server.Address, Options("stolen"));
        var displaced = new TaskCompletionSource<string>();
        node.Membership.Displaced += reason => displaced.TrySetResult(reason);
        await server.CommandAsync("HSET pusher:{nodes}:stolen incarnation 1");

        Assert.Equal("another process runs as node 'stolen'", await displaced.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        Assert.False(node.Membership.IsHeld);
        Assert.Contains("1", await server.CommandAsync("HGET pusher:{nodes}:stolen incarnation"), StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await node.Table.ClaimAsync(new("acme", "p"), default, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Join_WhileTheLeasesAreLost_LeavesTheOthersTheirNumbers()
    {
        await using var server = await RedisServerProcess.StartNewAsync();
        await using var stays = await RedisNode.StartAsync(server.Address, Seldom("stays"));
        var displaced = "";
        stays.Membership.Displaced += reason => displaced = reason;
        await server.CommandAsync("FLUSHALL");

        await using var joins = await RedisNode.StartAsync(server.Address, Seldom("joins")); // before the first one can say that it is there
        Assert.NotNull(await stays.Membership.FindAsync(joins.Membership.Incarnation)); // it renews its lease

        Assert.Equal("", displaced);
        Assert.NotEqual(stays.Membership.Number, joins.Membership.Number);
        Assert.True(stays.Membership.IsHeld && joins.Membership.IsHeld);
    }

    [Fact]
    public async Task Renew_NumberTakenWhileTheLeasesWereLost_EndsAndNamesTheNode()
    {
        await using var server = await RedisServerProcess.StartNewAsync();
        await using var node = await RedisNode.StartAsync(server.Address, Seldom("first") with { Number = 5 });
        string? displaced = null;
        node.Membership.Displaced += reason => displaced = reason;
        await server.CommandAsync("FLUSHALL");
        await using var second = await RedisNode.StartAsync(server.Address, Seldom("second") with { Number = 5 });

        Assert.Null(await node.Membership.FindAsync(second.Membership.Incarnation));

        Assert.Equal("node 'second' has its number, 5", displaced);
        Assert.False(node.Membership.IsHeld);
    }

    [Fact]
    public async Task Join_Again_HasTheSameNumberThoughOthersCameFirst()
    {
        await using var server = await RedisServerProcess.StartNewAsync();
        var number = await NumberAsync("comes-back");
        await using var other = await RedisNode.StartAsync(server.Address, Seldom("came-first"));

        Assert.Equal(number, await NumberAsync("comes-back"));

        async Task<int> NumberAsync(string name)
        {
            await using var node = await RedisNode.StartAsync(server.Address, Seldom(name));
            return node.Membership.Number;
        }
    }

    // It does not renew by itself as long as a test takes.
    private static NodeMembershipOptions Seldom(string node) => new() { Node = node, LeaseMs = 3_600_000, RenewMs = 1_200_000 };

    private static string[] Names(RedisNode node) => [.. node.Membership.Nodes.Select(n => n.Node)];

    // No lease ends because the machine is busy, but for those that are to.
    private static NodeMembershipOptions Options(string node, int? number = null, int connections = 0, int leaseMs = 60_000)
        => new() { Node = node, Number = number, LeaseMs = leaseMs, RenewMs = 60, Connections = () => connections };

    private Task<RedisNode> JoinAsync(string node, int? number = null, int connections = 0, int leaseMs = 60_000)
        => RedisNode.StartAsync(RedisServerProcess.Patient(redis.Process.Address), Options(node, number, connections, leaseMs));
}
