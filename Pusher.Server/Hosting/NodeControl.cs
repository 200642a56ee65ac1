using Pusher.Router.Routes.Redis;
using Pusher.Server.Http;

namespace Pusher.Server.Hosting;

/// <summary>What an operator may ask of a node about the cluster.</summary>
internal sealed class NodeControl(ServerOptions options, NodeParts parts, TimeProvider time) : INodeControl
{
    private readonly MessageRate _rate = new(() => parts.Meter.Pushes, time);
    private readonly long _sinceUnixMs = time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public string Node => options.Node;

    /// <summary>Where devices reach this node, as other nodes may tell theirs; empty when that is not known.</summary>
    public string Address => options.Advertise
        ?? (parts.Transport?.LocalEndPoint is { } bound && !bound.Address.Equals(System.Net.IPAddress.Any) && !bound.Address.Equals(System.Net.IPAddress.IPv6Any) ? bound.ToString() : "");

    /// <summary>Device connections.</summary>
    public int Connections => (int)(parts.Transport?.Counters.Connections ?? 0);

    /// <summary>Messages sent to devices.</summary>
    public int MessagesPerSecond => _rate.Read();

    /// <inheritdoc/>
    public IReadOnlyList<NodeLease> Nodes => parts.Membership?.Nodes
        ?? [new NodeLease(Node, 0, options.NodeNumber ?? 0, Address, Connections, parts.DrainAsked.Task.IsCompleted, _sinceUnixMs, MessagesPerSecond, parts.DrainAsked.Task.IsCompleted)];

    /// <inheritdoc/>
    public async Task<bool> DrainAsync(string node)
    {
        if (node == Node)
        {
            parts.DrainAsked.TrySetResult();
            return true;
        }

        return parts.Membership is { } membership && await membership.AskToDrainAsync(node).ConfigureAwait(false);
    }
}
