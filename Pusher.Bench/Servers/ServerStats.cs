namespace Pusher.Bench.Servers;

/// <summary>One answer to <c>stats</c>: totals since the start of the process.</summary>
/// <param name="Counts">What the server did.</param>
/// <param name="AllocatedBytes">On the managed heap, by all threads but the one that asks.</param>
/// <param name="Gen0">Collections of generation 0 and above.</param>
/// <param name="PauseMs">Time in which the collector held everything up.</param>
internal sealed record ServerStats(ServerCounts Counts, long AllocatedBytes, int Gen0, double PauseMs)
{
    public static ServerStats Read(ServerCounts counts)
        => new(counts, GC.GetTotalAllocatedBytes(precise: true) - GC.GetAllocatedBytesForCurrentThread(), GC.CollectionCount(0), GC.GetTotalPauseDuration().TotalMilliseconds);
}
