using Pusher.Router.Redis;
using Pusher.Router.Routes.Redis;

namespace Pusher.Tests.Router.Routes;

/// <summary>What a node has of Redis: its link, its lease and the route table.</summary>
internal sealed class RedisNode : IAsyncDisposable
{
    private RedisNode(RedisLink link, NodeMembership membership)
    {
        Link = link;
        Membership = membership;
        Table = new RedisRouteTable(link, membership);
    }

    public RedisLink Link { get; }

    public NodeMembership Membership { get; }

    public RedisRouteTable Table { get; }

    public static Task<RedisNode> StartAsync(string address, NodeMembershipOptions options)
        => StartAsync(new RedisOptions { Configuration = address }, options);

    public static async Task<RedisNode> StartAsync(RedisOptions redis, NodeMembershipOptions options)
    {
        var link = await RedisLink.ConnectAsync(redis);
        try
        {
            return new RedisNode(link, await NodeMembership.JoinAsync(link, options));
        }
        catch
        {
            await link.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Membership.DisposeAsync();
        await Link.DisposeAsync();
    }

    /// <summary>Ends as a process does that is killed: the lease stays until it runs out.</summary>
    public async Task DieAsync()
    {
        await Link.DisposeAsync();
        await Membership.DisposeAsync();
    }
}
