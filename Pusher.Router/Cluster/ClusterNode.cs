using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;
using Pusher.Core.Metrics;
using Pusher.Router.Bus;
using Pusher.Router.Cache;
using Pusher.Router.Dispatch;
using Pusher.Router.Routes;

namespace Pusher.Router.Cluster;

/// <summary>This node as one of several: rings for devices of other nodes, is rung by them, and agrees with them on who holds a device.</summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class ClusterNode : IAsyncDisposable
{
    private readonly IClusterBus _bus;
    private readonly ClusterOptions _options;
    private readonly EnvelopeReader _reader;
    private readonly NodeInbox _inbox;
    private readonly ClusterDoorbell _doorbell;
    private readonly ClusterUnstored _unstored;
    private readonly ClusterTakeover _takeover;
    private readonly GroupAnnouncer _announcer;
    private readonly ClusterSender _sender;
    private readonly List<IAsyncDisposable> _subscriptions = [];

    /// <param name="bus">Shared by the nodes of the site.</param>
    /// <param name="tables">Shared by the nodes of the site.</param>
    /// <param name="local">This node's own part.</param>
    /// <param name="options">Who this node is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Where failures are told.</param>
    public ClusterNode(
        IClusterBus bus,
        SharedTables tables,
        LocalNode local,
        ClusterOptions options,
        TimeProvider time,
        ILogger<ClusterNode> log)
    {
        options.Validate();
        _bus = bus;
        _options = options;
        _reader = new EnvelopeReader(Counters);
        Routes = new TwoLevelCache<DeviceKey, Route>(tables.Routes.FindAsync, options.RouteCache, time, static route => route.NodeLifetime);
        Groups = new TwoLevelCache<GroupKey, GroupMembers>(tables.Groups.FindAsync, options.GroupCache, time);
        var sender = _sender = new ClusterSender(bus, options, Counters, log);
        var lookUps = new RouteLookUps(Routes, options, Counters, log);
        _doorbell = new ClusterDoorbell(local, Routes, lookUps, sender, options);
        _unstored = new ClusterUnstored(local, Routes, Groups, lookUps, sender, options, Counters);
        _takeover = new ClusterTakeover(Routes, sender, local.Sessions, tables.LifetimeOf, options, Counters, time, log);
        _announcer = new GroupAnnouncer(tables.Groups, local.Members, sender, time, log);
        _inbox = new NodeInbox(local, _doorbell, _unstored, _takeover, sender, options, Counters, (device, isRevoked) => CredentialChanged?.Invoke(device, isRevoked));
    }

    /// <summary>Another node has written or taken away a device's key; true: the device had another key before. On the thread of the bus; quick.</summary>
    public event Action<DeviceKey, bool>? CredentialChanged;

    /// <summary>Rings for devices on any node.</summary>
    public IDoorbell Doorbell => _doorbell;

    /// <summary>Knows devices on any node, as far as their routes are in level 1.</summary>
    public IPresence Presence => _doorbell;

    /// <summary>Hands QoS 0 to devices on any node.</summary>
    public IUnstoredDelivery Unstored => _unstored;

    /// <summary>Tells the other nodes of logins here.</summary>
    public ITakeover Takeover => _takeover;

    /// <summary>The routes as this node knows them.</summary>
    public TwoLevelCache<DeviceKey, Route> Routes { get; }

    /// <summary>Where groups have devices, as this node knows it.</summary>
    public TwoLevelCache<GroupKey, GroupMembers> Groups { get; }

    /// <summary>What this node counts.</summary>
    public ClusterCounters Counters { get; } = new();

    /// <summary>Begins to listen to the other nodes. With the bus down it completes too, and they are heard when it is there.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var subject in new[] { ClusterSubject.OfNode(_options.Site, _options.Node), ClusterSubject.OfAll(_options.Site) })
        {
            _subscriptions.Add(await _bus.SubscribeInPlaceAsync(subject, null, Receive, cancellationToken).ConfigureAwait(false));
        }

        _announcer.Start();
    }

    /// <summary>The shared tables have lost what was in them: nothing is believed that came from them, and this node's groups are written again.</summary>
    public void OnDataLost()
    {
        Routes.Clear();
        Groups.Clear();
        _announcer.Rebuild();
    }

    /// <summary>Tells the other nodes that a device's key was written or taken away. False when the bus does not take it.</summary>
    public bool TellCredentialChanged(DeviceKey device, bool isRevoked) => _sender.SendToAll(new CredentialChangedEntry(device, isRevoked));

    /// <summary>This node was cut off from Redis, or its lease had run out: what it wrote may not count any more.</summary>
    public void OnRedisBack() => _announcer.Rebuild();

    /// <summary>This node was cut off from the bus: it may have missed what the others told of their groups, and they what it told.</summary>
    public void OnBusBack()
    {
        Groups.Clear();
        _announcer.Rebuild();
    }

    /// <summary>Shows the figures of caches and talk on <paramref name="meter"/>.</summary>
    public void Observe(PusherMeter meter)
    {
        Counters.Observe(meter);
        Routes.Observe(meter);
        Groups.Observe(meter);
    }

    private void Receive(in BusArrival arrival) => _reader.Read(arrival.Payload, _inbox);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var subscription in _subscriptions)
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
        }

        _subscriptions.Clear();
        await _announcer.DisposeAsync().ConfigureAwait(false);
        Routes.Dispose();
        Groups.Dispose();
    }
}
