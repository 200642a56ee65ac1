using Pusher.Core.Identity;

namespace Pusher.Local;

/// <summary>One Redis, one NATS and some nodes on this machine, started together and stopped together.</summary>
/// <remarks>Threading: one server must be started or stopped by one thread at a time.</remarks>
public sealed class LocalCluster : IAsyncDisposable
{
    private LocalCluster(LocalClusterOptions options)
    {
        Options = options;
        Keys = LocalKeys.Write(Path.Combine(options.Directory, "credentials.txt"), options.Tenant, options.Devices);
        Redis = new LocalRedis(options.Directory) { Flush = options.RedisFlush, DataDirectory = options.RedisDirectory ?? Path.Combine(options.Directory, "redis") };
        Nats = new LocalNats(options.Directory);
        string[] shared = ["--redis", Redis.Address, "--nats", Nats.Url, "--credentials", Keys.File, "--data", Path.Combine(options.Directory, "data"), "--log-level", "warning"];
        Nodes = [.. Enumerable.Range(1, options.Nodes).Select(number => new LocalNode($"node-{number}", options, shared))];
    }

    public LocalClusterOptions Options { get; }

    public LocalKeys Keys { get; }

    public LocalRedis Redis { get; }

    public LocalNats Nats { get; }

    public IReadOnlyList<LocalNode> Nodes { get; }

    /// <summary>Where devices connect, as a device is configured with them.</summary>
    public IReadOnlyList<string> Addresses => [.. Nodes.Select(node => node.Listen.ToString())];

    /// <summary>Starts Redis and NATS, then nodes, all at once.</summary>
    /// <param name="options">What it is made of.</param>
    /// <param name="nodesAtFirst">Starts no more than the first so many nodes; the others when they are asked to.</param>
    /// <exception cref="LocalStartException">One of them did not become ready; nothing is left running.</exception>
    public static async Task<LocalCluster> StartAsync(LocalClusterOptions options, int nodesAtFirst = int.MaxValue)
    {
        var cluster = new LocalCluster(options);
        try
        {
            await Task.WhenAll(cluster.Redis.StartAsync(), cluster.Nats.StartAsync()).ConfigureAwait(false);
            await Task.WhenAll(cluster.Nodes.Take(nodesAtFirst).Select(node => node.StartAsync())).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public byte[] KeyOf(string device) => Keys.Of(new DeviceKey(Options.Tenant, device));

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Nodes.Select(node => node.DisposeAsync().AsTask())).ConfigureAwait(false);
        await Redis.DisposeAsync().ConfigureAwait(false);
        await Nats.DisposeAsync().ConfigureAwait(false);
    }
}
