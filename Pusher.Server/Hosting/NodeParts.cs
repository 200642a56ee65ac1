using Pusher.Core.Metrics;
using Pusher.Router.Bus;
using Pusher.Router.Cluster;
using Pusher.Router.Dispatch;
using Pusher.Router.Redis;
using Pusher.Router.Routes;
using Pusher.Router.Routes.Redis;
using Pusher.Router.Stores;
using Pusher.Server.Credentials;
using Pusher.Server.Http;
using Pusher.Server.Sessions;
using Pusher.Transport;

namespace Pusher.Server.Hosting;

/// <summary>The parts of a node. Filled by <see cref="NodeBuilder"/> in this order; disposed in the reverse, as far as they were made.</summary>
internal sealed class NodeParts : IAsyncDisposable
{
    public PusherMeter Meter { get; } = new();

    public SessionDirectory Directory { get; } = new();

    public IDeviceCredentials Credentials { get; set; } = null!;

    /// <summary>Null when they are in a file.</summary>
    public CredentialAdmin? CredentialAdmin { get; set; }

    /// <summary>Null for a node that is alone.</summary>
    public RedisLink? Redis { get; set; }

    /// <summary>Null for a node that is alone.</summary>
    public NodeMembership? Membership { get; set; }

    /// <summary>Faults when the node must not go on for a reason that is not the transport's.</summary>
    public TaskCompletionSource Fatal { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Null for a node that is alone.</summary>
    public PartitionShare? Share { get; set; }

    /// <summary>Set when an operator has asked the node to go down.</summary>
    public TaskCompletionSource DrainAsked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public NodeControl Control { get; set; } = null!;

    public IRouteTable Routes { get; set; } = null!;

    public IMessageStore Store { get; set; } = null!;

    public IClusterBus Bus { get; set; } = null!;

    /// <summary>Null for a node that is alone.</summary>
    public ClusterNode? Cluster { get; set; }

    /// <summary>Null for a node that is alone.</summary>
    public SessionRecovery? Recovery { get; set; }

    /// <summary>Rings for every device that this node can reach.</summary>
    public IDoorbell Doorbell => Cluster?.Doorbell ?? Directory;

    public EventPublisher Events { get; set; } = null!;

    public UnstoredDelivery Unstored { get; set; } = null!;

    public Dispatcher Dispatcher { get; set; } = null!;

    public FlapGuard Flaps { get; set; } = null!;

    public DeviceReactor[] Reactors { get; set; } = [];

    public PendingLogins PendingLogins { get; set; } = null!;

    public ITransport Transport { get; set; } = null!;

    public Sweeper Sweeper { get; set; } = null!;

    public Readiness Readiness { get; set; } = null!;

    public AdminServer Http { get; set; } = null!;

    public NatsIngress Ingress { get; set; } = null!;

    public async ValueTask DisposeAsync()
    {
        if (Ingress is not null)
        {
            await Ingress.StopAsync().ConfigureAwait(false);
        }

        foreach (var part in new IAsyncDisposable?[] { Http, Readiness, Sweeper, Recovery, Transport, Cluster, Bus, Store, Membership, Redis })
        {
            if (part is not null)
            {
                await part.DisposeAsync().ConfigureAwait(false);
            }
        }

        Credentials?.Dispose();
        Meter.Dispose();
    }
}
