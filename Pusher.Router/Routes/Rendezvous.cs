namespace Pusher.Router.Routes;

/// <summary>
/// Divides partitions among nodes without anybody dividing: each partition is the node's for which a hash of both is highest. All that see
/// the same nodes agree; when a node comes or goes only the partitions move that it gets or had.
/// </summary>
public static class Rendezvous
{
    /// <summary>The index of the node that has the partition; -1 when there is none.</summary>
    public static int Owner(int partition, IReadOnlyList<string> nodes)
    {
        var owner = -1;
        ulong highest = 0;
        for (var i = 0; i < nodes.Count; i++)
        {
            var weight = Weight(partition, nodes[i]);
            // Names break the tie, whatever the order of the list.
            if (owner < 0 || weight > highest || (weight == highest && string.CompareOrdinal(nodes[i], nodes[owner]) < 0))
            {
                (owner, highest) = (i, weight);
            }
        }

        return owner;
    }

    /// <summary>The partitions of 0 to <paramref name="partitions"/> - 1 that <paramref name="node"/> has, in order.</summary>
    public static IReadOnlyList<int> Share(string node, IReadOnlyList<string> nodes, int partitions)
    {
        var share = new List<int>();
        for (var partition = 0; partition < partitions; partition++)
        {
            if (Owner(partition, nodes) is var owner && owner >= 0 && nodes[owner] == node)
            {
                share.Add(partition);
            }
        }

        return share;
    }

    // FNV-1a of the name and the partition, then the finalizer of SplitMix64: FNV alone leaves similar names with similar weights.
    private static ulong Weight(int partition, string node)
    {
        var hash = 0xcbf29ce484222325UL;
        foreach (var c in node)
        {
            hash = (hash ^ c) * 0x100000001b3;
        }

        hash ^= (ulong)partition * 0x9e3779b97f4a7c15;
        hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
        hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
        return hash ^ (hash >> 31);
    }
}
