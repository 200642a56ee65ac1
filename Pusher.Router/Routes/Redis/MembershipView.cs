using System.Collections.Frozen;

namespace Pusher.Router.Routes.Redis;

/// <summary>The live nodes as they were read once. Immutable but for the time that passes.</summary>
internal sealed class MembershipView
{
    private readonly FrozenDictionary<ulong, (NodeLease Lease, long EndsAtMs)> _nodes;
    private readonly FrozenDictionary<string, ulong> _incarnations;
    private readonly ulong _newest;

    /// <param name="nodes">The live nodes, and when each lease ends by <see cref="Environment.TickCount64"/>.</param>
    /// <param name="newest">The newest incarnation that was given then, to a live node or not.</param>
    /// <param name="before">The view that this one follows; null for the first.</param>
    public MembershipView(IEnumerable<(NodeLease Lease, long EndsAtMs)> nodes, ulong newest, MembershipView? before)
    {
        _nodes = nodes.ToFrozenDictionary(node => node.Lease.Incarnation, node => before is null ? node : before.Continue(node));
        _incarnations = _nodes.ToFrozenDictionary(node => node.Value.Lease.Node, node => node.Key, StringComparer.Ordinal);
        _newest = newest;
    }

    /// <summary>When the first of the leases ends unless it is renewed, by <see cref="Environment.TickCount64"/>.</summary>
    public long FirstEndsAtMs => _nodes.Count == 0 ? long.MaxValue : _nodes.Values.Min(node => node.EndsAtMs);

    /// <summary>Ends the lifetimes of the nodes that are not in the <paramref name="next"/> view.</summary>
    public void EndMissing(MembershipView next)
    {
        foreach (var (incarnation, node) in _nodes)
        {
            if (!next._nodes.ContainsKey(incarnation))
            {
                node.Lease.Lifetime.End();
            }
        }
    }

    /// <summary>The node, if its lease lives.</summary>
    public NodeLease? Find(ulong incarnation)
        => _nodes.TryGetValue(incarnation, out var node) && Environment.TickCount64 < node.EndsAtMs ? node.Lease : null;

    /// <summary>The node, if its lease lives.</summary>
    public NodeLease? Find(string node) => _incarnations.TryGetValue(node, out var incarnation) ? Find(incarnation) : null;

    /// <summary>True when the incarnation was given after this was read.</summary>
    public bool MayBeNew(ulong incarnation) => incarnation > _newest;

    /// <summary>The live ones, by name.</summary>
    public IReadOnlyList<NodeLease> Live()
    {
        var now = Environment.TickCount64;
        return [.. _nodes.Values.Where(node => now < node.EndsAtMs).Select(node => node.Lease).OrderBy(lease => lease.Node, StringComparer.Ordinal)];
    }

    private (NodeLease Lease, long EndsAtMs) Continue((NodeLease Lease, long EndsAtMs) node)
        => _nodes.TryGetValue(node.Lease.Incarnation, out var known) ? (node.Lease with { Lifetime = known.Lease.Lifetime }, node.EndsAtMs) : node;
}
