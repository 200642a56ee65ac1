using Pusher.Router.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>
/// One incarnation of the store, as this node knows it, with the highest message ids that Redis has answered for in it, in Cluster of each partition. Both
/// go with every batch: in Redis a device's stream of an older incarnation is not gone on with, and a script does nothing when Redis has not got those
/// messages. So no seq is given twice between a loss and its discovery.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class KnownStore(ulong incarnation, bool isCluster)
{
    private readonly ulong[] _tops = new ulong[isCluster ? Partition.Count : 1];
    private volatile bool _isMissed;

    public ulong Incarnation => incarnation;

    /// <summary>The highest of all.</summary>
    public ulong Highest => _tops.Max();

    /// <summary>True when something was missed in it.</summary>
    public bool IsMissed => _isMissed;

    /// <summary>The highest of a partition; without Cluster that of all.</summary>
    public ulong Of(int partition) => Volatile.Read(ref _tops[Place(partition)]);

    /// <summary>A batch that went with this was answered.</summary>
    public void Raise(int partition, ulong messageId)
    {
        ref var top = ref _tops[Place(partition)];
        var known = Volatile.Read(ref top);
        while (known < messageId)
        {
            var seen = Interlocked.CompareExchange(ref top, messageId, known);
            if (seen == known)
            {
                return;
            }

            known = seen;
        }
    }

    /// <summary>A batch that went with this was refused.</summary>
    public void Miss() => _isMissed = true;

    private int Place(int partition) => isCluster ? partition : 0;
}
