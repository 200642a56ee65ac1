using Pusher.Router.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>
/// The highest message ids that Redis has answered for, in Cluster of each partition. They go with every batch, whose script does nothing when Redis has not
/// got them: so no seq is given twice between a loss and its discovery.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class StoredTops(StoreIncarnation incarnation, bool isCluster)
{
    private readonly ulong[] _tops = new ulong[isCluster ? Partition.Count : 1];
    private ulong _missedIn;

    /// <summary>Raised when a batch was refused because what it named was not there. Quick.</summary>
    public event Action? Missed;

    /// <summary>The highest of all.</summary>
    public ulong Highest => _tops.Max();

    /// <summary>True when something was missed in the store as it is known now.</summary>
    public bool IsMissed => Volatile.Read(ref _missedIn) == incarnation.Current;

    /// <summary>The highest of a partition; without Cluster that of all.</summary>
    public ulong Of(int partition) => Volatile.Read(ref _tops[Place(partition)]);

    /// <summary>A batch that was sent in the incarnation <paramref name="sentIn"/> was answered.</summary>
    public void Raise(int partition, ulong messageId, ulong sentIn)
    {
        ref var top = ref _tops[Place(partition)];
        var known = Volatile.Read(ref top);
        while (known < messageId && sentIn == incarnation.Current)
        {
            var seen = Interlocked.CompareExchange(ref top, messageId, known);
            if (seen == known)
            {
                return;
            }

            known = seen;
        }
    }

    /// <summary>A batch that was sent in the incarnation <paramref name="sentIn"/> was refused.</summary>
    public void Miss(ulong sentIn)
    {
        Volatile.Write(ref _missedIn, sentIn);
        Missed?.Invoke();
    }

    /// <summary>The loss is known: what is missing is not asked for again. After the new incarnation is set, for a batch must not go without both.</summary>
    public void Forget()
    {
        for (var i = 0; i < _tops.Length; i++)
        {
            Volatile.Write(ref _tops[i], 0);
        }
    }

    private int Place(int partition) => isCluster ? partition : 0;
}
