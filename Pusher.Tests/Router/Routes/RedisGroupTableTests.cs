using Pusher.Router.Routes;
using Pusher.Router.Routes.Redis;
using Pusher.Router.Stores;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Routes;

/// <summary>Which nodes hold devices of a group, in a real Redis.</summary>
public sealed class RedisGroupTableTests(RedisServer redis) : IClassFixture<RedisServer>, IAsyncLifetime
{
    private static readonly GroupKey Acme = GroupKey.AllOf("acme");

    private RedisNode _a = null!;
    private RedisNode _b = null!;

    public async ValueTask InitializeAsync()
    {
        await redis.Process.CommandAsync("FLUSHALL");
        _a = await StartAsync("node-a");
        _b = await StartAsync("node-b");
    }

    public async ValueTask DisposeAsync()
    {
        await _b.DisposeAsync();
        await _a.DisposeAsync();
    }

    [Fact]
    public async Task Find_WrittenByTwoNodes_NamesBothWithTheirNumbers()
    {
        await WriteAsync(_a, 3);
        await WriteAsync(_b, 4);
        await WriteAsync(_b, 5);

        Assert.Equal([("node-a", 3), ("node-b", 5)], await FindAsync(_a));
        Assert.Equal([("node-a", 3), ("node-b", 5)], await FindAsync(_b));
        Assert.Null(await new RedisGroupTable(_a.Link, _a.Membership).FindAsync(GroupKey.AllOf("other"), Cancellation));
    }

    [Fact]
    public async Task Write_Nought_TakesTheNodeOut()
    {
        await WriteAsync(_a, 1);
        await WriteAsync(_b, 1);
        await WriteAsync(_b, 0);
        Assert.Equal([("node-a", 1)], await FindAsync(_a));
        await WriteAsync(_a, 0);
        Assert.Empty(await FindAsync(_a));
    }

    [Fact]
    public async Task Find_NodeWhoseLeaseRanOut_IsLeftOutAndItsLifetimeOver()
    {
        var dying = await StartAsync("node-c");
        await WriteAsync(dying, 7);
        var known = (await new RedisGroupTable(_a.Link, _a.Membership).FindAsync(Acme, Cancellation))!.Value.Nodes.Single();
        Assert.Equal(("node-c", 7, false), (known.Node, known.Members, known.Lifetime!.IsOver));

        await dying.DieAsync();

        await Eventually.TrueAsync(() => known.Lifetime.IsOver);
        Assert.Empty(await FindAsync(_a));
    }

    [Fact]
    public async Task Write_NextProcessOfTheName_ReplacesTheLastOnes()
    {
        var crashed = await StartAsync("node-d");
        await WriteAsync(crashed, 7);
        await crashed.DieAsync();
        await using var again = await StartAsync("node-d");
        Assert.Empty(await FindAsync(_a));

        await WriteAsync(again, 2);

        Assert.Equal([("node-d", 2)], await FindAsync(_a));
    }

    [Fact]
    public async Task FindAndWrite_RedisGone_SayThatItIsUnavailable()
    {
        await using var cut = await StartAsync("node-e");
        await cut.Link.DisposeAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => WriteAsync(cut, 1));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => FindAsync(cut));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Task<RedisNode> StartAsync(string name)
        => RedisNode.StartAsync(redis.Process.Address, new NodeMembershipOptions { Node = name, LeaseMs = 1_000, RenewMs = 200 });

    private static async Task WriteAsync(RedisNode node, int members)
        => await new RedisGroupTable(node.Link, node.Membership).WriteAsync([(Acme, members)], Cancellation);

    private static async Task<(string, int)[]> FindAsync(RedisNode node)
        => await new RedisGroupTable(node.Link, node.Membership).FindAsync(Acme, Cancellation) is { } members
            ? [.. members.Nodes.Select(n => (n.Node, n.Members)).Order()]
            : [];
}
