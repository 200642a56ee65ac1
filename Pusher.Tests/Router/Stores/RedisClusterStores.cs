using System.Globalization;
using Pusher.Local;
using Pusher.Tests.Support;

namespace Pusher.Tests.Router.Stores;

/// <summary>A redis-server in Cluster mode that owns every slot: it refuses a script that touches two.</summary>
public sealed class RedisClusterStores : RedisStores
{
    protected override string[] Settings { get; } =
    [
        .. RedisServerProcess.Durable, "--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1", "--cluster-port", LocalPorts.Next().ToString(CultureInfo.InvariantCulture),
    ];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Server.CommandAsync("CLUSTER ADDSLOTSRANGE 0 16383");
        await Eventually.TrueAsync(async () => (await Server.CommandAsync("CLUSTER INFO")).Contains("cluster_state:ok", StringComparison.Ordinal), "the cluster is up");
    }
}
