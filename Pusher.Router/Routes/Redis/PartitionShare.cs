using Pusher.Router.Redis;

namespace Pusher.Router.Routes.Redis;

/// <summary>The partitions that fall to this node among the live ones. Each node works it out for itself from its view of the leases, at most a renewal old.</summary>
/// <remarks>
/// Threading: any thread. While two views differ a partition may have two nodes, or none: what is done by share must bear both for a moment.
/// </remarks>
public sealed class PartitionShare(NodeMembership membership)
{
    private sealed record Division(string Nodes, bool[] IsMine);

    private volatile Division? _last;

    /// <summary>How many partitions are this node's.</summary>
    public int Count => Current().Count(isMine => isMine);

    /// <summary>For each partition whether it is this node's; not to be written to. A node without a lease has none.</summary>
    public bool[] Current()
    {
        var nodes = membership.Nodes;
        if (nodes.Any(node => !node.IsDraining))
        {
            nodes = [.. nodes.Where(node => !node.IsDraining)]; // one that goes down hands its partitions over before it is gone
        }

        var names = string.Join(' ', nodes.Select(node => node.Node));
        var last = _last;
        if (last is null || last.Nodes != names)
        {
            var isMine = new bool[Partition.Count];
            foreach (var mine in Rendezvous.Share(membership.Node, [.. nodes.Select(node => node.Node)], Partition.Count))
            {
                isMine[mine] = true;
            }

            _last = last = new Division(names, isMine);
        }

        return last.IsMine;
    }
}
