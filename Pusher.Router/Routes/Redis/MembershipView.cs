using System.Collections.Frozen;

namespace Pusher.Router.Routes.Redis;

/// <summary>The live nodes as they were read once. Immutable but for the time that passes.</summary>
internal sealed class MembershipView
{
    private readonly FrozenDictionary<ulong, (NodeLease Lease, long EndsAtMs)> _nodes;
    private readonly ulong _newest;

    /// <param name="nodes">The live nodes, and when each lease ends by <see cref="Environment.TickCount64"/>.</param>
    /// <param name="newest">The newest incarnation that was given then, to a live node or not.</param>
    public MembershipView(IEnumerable<(NodeLease Lease, long EndsAtMs)> nodes, ulong newest)
    {
        _nodes = nodes.ToFrozenDictionary(node => node.Lease.Incarnation);
        _newest = newest;
    }

    /// <summary>The node, if its lease lives.</summary>
    public NodeLease? Find(ulong incarnation)
        => _nodes.TryGetValue(incarnation, out var node) && Environment.TickCount64 < node.EndsAtMs ? node.Lease : null;

    /// <summary>True when the incarnation was given after this was read.</summary>
    public bool MayBeNew(ulong incarnation) => incarnation > _newest;

    /// <summary>The live ones, by name.</summary>
    public IReadOnlyList<NodeLease> Live()
    {
        var now = Environment.TickCount64;
        return [.. _nodes.Values.Where(node => now < node.EndsAtMs).Select(node => node.Lease).OrderBy(lease => lease.Node, StringComparer.Ordinal)];
    }
}
