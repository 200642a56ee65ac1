using Pusher.ClusterBench.Parts;
using Pusher.Local;

namespace Pusher.ClusterBench;

/// <summary>One part after the other, each with a cluster of its own.</summary>
internal static class ClusterBenchRun
{
    public static async Task<int> RunAsync(BenchOptions options, CancellationToken stop)
    {
        var good = true;
        foreach (var part in options.Parts)
        {
            Console.Error.WriteLine($"{part}: starting");
            using var directory = new RunDirectory($"pusher-bench-{part}-", options.Keep);
            var bench = new BenchPart(options, directory.Path);
            var measured = await (part switch
            {
                "memory" => MemoryPart.RunAsync(bench, stop),
                "throughput" => ThroughputPart.RunAsync(bench, stop),
                "hop" => HopPart.RunAsync(bench, stop),
                "failover" => FailoverPart.RunAsync(bench, stop),
                "redis" => OutagePart.RunAsync(bench, "redis", cluster => cluster.Redis, stop),
                "nats" => OutagePart.RunAsync(bench, "nats", cluster => cluster.Nats, stop),
                _ => FlushPart.RunAsync(bench, stop),
            }).ConfigureAwait(false);
            if (!measured)
            {
                Console.Error.WriteLine($"{part}: FAILED");
            }

            good &= measured;
        }

        return good ? ToolRun.Good : ToolRun.Failed;
    }
}
