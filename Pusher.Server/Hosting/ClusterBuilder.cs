using Microsoft.Extensions.Logging;
using Pusher.Router.Bus;
using Pusher.Router.Cache;
using Pusher.Router.Cluster;
using Pusher.Router.Credentials;
using Pusher.Router.Redis;
using Pusher.Router.Routes.Redis;
using Pusher.Router.Stores.Redis;
using Pusher.Server.Credentials;
using Pusher.Server.Sessions;

namespace Pusher.Server.Hosting;

/// <summary>Makes what a node has beyond a node that is alone: its place in Redis, its way to the other nodes, and what brings both together again after a failure.</summary>
internal sealed class ClusterBuilder(ServerOptions options, ILoggerFactory logs, NodeParts parts, TimeProvider time)
{
    private RedisRouteTable _routes = null!;
    private RedisMessageStore _store = null!;
    private RedisCredentialTable? _credentialTable;

    /// <summary>Opens store and routes. The lease comes before anything is read: two processes of one name must not work on one store.</summary>
    public async Task OpenStoreAsync()
    {
        var link = parts.Redis = await RedisLink.ConnectAsync(
            new RedisOptions
            {
                Configuration = options.Redis!,
                User = options.RedisUser,
                Password = SecretFile.Read(options.RedisPasswordFile, "redis-password-file"),
                ClientName = $"pusher-{options.Node}",
                AcceptWeakDurability = options.AcceptWeakDurability,
            },
            logs.CreateLogger<RedisLink>()).ConfigureAwait(false);
        parts.Membership = await JoinAsync(link).ConfigureAwait(false);
        if (options.HasSharedCredentials)
        {
            _credentialTable = new RedisCredentialTable(link);
            parts.Credentials = new SharedCredentials(_credentialTable, new CacheOptions { Name = "credentials" }, time);
        }

        parts.Routes = _routes = new RedisRouteTable(link, parts.Membership);
        var share = parts.Share = new PartitionShare(parts.Membership);
        parts.Store = _store = await RedisMessageStore.OpenAsync(
            link,
            new RedisStoreOptions
            {
                QueueMessagesMax = options.QueueMessagesMax,
                QueueBytesMax = options.QueueBytesMax,
                DedupeRetention = options.DedupeRetention,
                StatusRetention = options.StatusRetention,
                NodeNumber = parts.Membership.Number,
                Time = time,
                // Without the bus nobody else can ring here: then this node looks after its devices by itself, in all partitions.
                Sweeps = () => parts.Cluster is null || !parts.Bus.IsConnected ? null : share.Current(),
            },
            logs.CreateLogger<RedisMessageStore>()).ConfigureAwait(false);
    }

    /// <summary>Makes the way to the other nodes. Nodes without a common bus would neither ring for each other's devices nor tell each other of logins.</summary>
    public void JoinNodes()
    {
        if (options.NatsUrl is null && parts.Membership!.Nodes.FirstOrDefault(n => n.Node != options.Node) is { } other)
        {
            throw new StartException($"node '{other.Node}' is alive on the same Redis, and this node has no way to it: give all of them the same --nats");
        }

        var eviction = new SessionEviction(parts.Directory, parts.Store, logs.CreateLogger<SessionEviction>());
        var cluster = parts.Cluster = new ClusterNode(
            parts.Bus,
            new SharedTables(_routes, new RedisGroupTable(parts.Redis!, parts.Membership!), parts.Membership!.LifetimeOf),
            new LocalNode(parts.Directory, parts.Directory, parts.Unstored, eviction, parts.Directory.Tenants),
            new ClusterOptions { Site = options.Site, Node = options.Node },
            time,
            logs.CreateLogger<ClusterNode>());
        parts.Recovery = new SessionRecovery(
            parts.Directory, _routes, _routes, eviction, new SessionRecoveryOptions(), time, logs.CreateLogger<SessionRecovery>());
        Watch(cluster, parts.Recovery);
        if (parts.Credentials is SharedCredentials credentials)
        {
            cluster.CredentialChanged += credentials.OnChanged;
            parts.CredentialAdmin = new CredentialAdmin(_credentialTable!, credentials, cluster);
            credentials.Cache.Observe(parts.Meter);
        }
    }

    // A run too many costs a script for each partition; one too few leaves devices that nobody reaches.
    private void Watch(ClusterNode cluster, SessionRecovery recovery)
    {
        parts.Membership!.LeaseRunOut += () =>
        {
            cluster.OnRedisBack();
            recovery.Begin(storeLost: false);
        };
        _store.DataLost += _ =>
        {
            cluster.OnDataLost();
            recovery.Begin(storeLost: true);
        };
        if (parts.Bus is NatsBus bus)
        {
            bus.Connected += () =>
            {
                cluster.OnBusBack();
                recovery.Begin(storeLost: false); // kicks for sessions of this node may be lost
            };
        }

        parts.Redis!.ConnectionChanged += isConnected =>
        {
            if (isConnected)
            {
                cluster.OnRedisBack();
                recovery.Begin(storeLost: false);
            }
        };
    }

    private async Task<NodeMembership> JoinAsync(RedisLink link)
    {
        var membership = await NodeMembership.JoinAsync(
            link,
            new NodeMembershipOptions
            {
                Node = options.Node,
                Number = options.NodeNumber,
                Address = () => parts.Control.Address,
                Connections = () => parts.Control.Connections,
                MessagesPerSecond = () => parts.Control.MessagesPerSecond,
            },
            logs.CreateLogger<NodeMembership>()).ConfigureAwait(false);
        membership.DrainAsked += () => parts.DrainAsked.TrySetResult();
        membership.Displaced += reason => parts.Fatal.TrySetException(new StartException(reason));
        return membership;
    }
}
