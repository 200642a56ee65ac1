using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Pusher.Tests.Support;

/// <summary>Nodes as child processes that share one redis-server, one nats-server and their devices' keys.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private readonly List<TestNode> _nodes = [];

    private readonly RedisServerProcess? _redis;

    private TestCluster(RedisServerProcess? redis, NatsServerProcess nats)
    {
        _redis = redis;
        Nats = nats;
    }

    /// <summary>The redis-server that was started for the cluster.</summary>
    public RedisServerProcess Redis => _redis ?? throw new InvalidOperationException("the cluster uses a Redis of the test's own");

    public NatsServerProcess Nats { get; }

    public IReadOnlyList<TestNode> Nodes => _nodes;

    /// <summary>Starts the servers and <paramref name="nodes"/> nodes, named n1, n2, …</summary>
    /// <param name="nodes">How many.</param>
    /// <param name="addDevices">Adds the devices that may log in.</param>
    /// <param name="options">Further options of every node, name and value in turn.</param>
    public static async Task<TestCluster> StartAsync(int nodes, Action<TestCredentials> addDevices, params string[] options)
    {
        var redis = await RedisServerProcess.StartNewAsync();
        return await StartAsync(new TestCluster(redis, await NatsServerProcess.StartNewAsync()), redis.Address, nodes, addDevices, options);
    }

    /// <summary>Starts nodes on a Redis of the test's own; it stays the caller's.</summary>
    public static async Task<TestCluster> StartOnAsync(string redis, int nodes, Action<TestCredentials> addDevices, params string[] options)
        => await StartAsync(new TestCluster(null, await NatsServerProcess.StartNewAsync()), redis, nodes, addDevices, options);

    private static async Task<TestCluster> StartAsync(TestCluster cluster, string redis, int nodes, Action<TestCredentials> addDevices, string[] options)
    {
        try
        {
            for (var i = 1; i <= nodes; i++)
            {
                cluster._nodes.Add(new TestNode { NatsUrl = cluster.Nats.Url, Options = ["--redis", redis, "--node", $"n{i}", .. options] });
            }

            addDevices(cluster._nodes[0].Credentials);
            cluster._nodes[0].Credentials.Save();
            var keys = await File.ReadAllTextAsync(cluster._nodes[0].Credentials.Path, TestContext.Current.CancellationToken);
            cluster._nodes.ForEach(node => node.Credentials.SaveText(keys));
            await Task.WhenAll(cluster._nodes.Select(node => node.StartAgainAsync()));
            await Task.WhenAll(cluster._nodes.Select(WaitUntilReadyAsync));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the node says that it is ready: it reaches bus and store.</summary>
    public static Task WaitUntilReadyAsync(TestNode node)
        => Eventually.TrueAsync(async () => (await node.GetAsync("readyz")).Code == System.Net.HttpStatusCode.OK, "the node is ready");

    /// <summary>A counter of a node, all labels added up; 0 when it is not there.</summary>
    public static async Task<double> ReadMeterAsync(TestNode node, string name)
    {
        var (_, body) = await node.GetAsync("metrics");
        return body.Split('\n')
            .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
    }

    /// <summary>Publishes by HTTP at a node, and returns the answer, which must be ok.</summary>
    public static async Task<JsonElement> PublishAsync(TestNode node, TestDevice device, string payload)
    {
        var (_, reply) = await node.PublishAsync(device, payload);
        Assert.True(reply.GetProperty("status").GetString() == "ok", reply.ToString());
        return reply;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await Nats.DisposeAsync();
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }
}
