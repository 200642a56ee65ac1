using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Router.Bus;
using Pusher.Router.Cluster;
using Pusher.Tests.Support;

namespace Pusher.Tests.Router.Cluster;

/// <summary>Nodes of one cluster that talk over a real nats-server, and the tables that they share.</summary>
internal sealed class NodesOnNats : IAsyncDisposable
{
    private readonly List<TestClusterNode> _nodes = [];

    private NodesOnNats(NatsServerProcess nats) => Nats = nats;

    public NatsServerProcess Nats { get; }

    public SharedRoutes Routes { get; } = new();

    public SharedGroups Groups { get; } = new();

    /// <summary>Starts the server, without a node.</summary>
    public static async Task<NodesOnNats> StartNewAsync() => new(await NatsServerProcess.StartNewAsync());

    /// <summary>Starts a node and waits until it is connected.</summary>
    public async Task<TestClusterNode> StartNodeAsync(string name, Func<ClusterOptions, ClusterOptions>? change = null)
    {
        var bus = new NatsBus(new NatsBusOptions { Url = Nats.Url, ReconnectJitterMs = 10, ReconnectWaitMaxMs = 100 }, NullLogger<NatsBus>.Instance);
        var node = await TestClusterNode.StartAsync(name, bus, Routes, Groups, change);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Ends the server, and waits until every node knows.</summary>
    public async Task CutAsync()
    {
        await Nats.KillAsync();
        await Eventually.TrueAsync(() => _nodes.TrueForAll(node => !node.Bus.IsConnected), "every node knows that NATS is away");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await Nats.DisposeAsync();
    }
}
