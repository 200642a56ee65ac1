using Pusher.ClusterBench.Figures;
using Pusher.ClusterBench.Parts;
using Pusher.Local;

namespace Pusher.ClusterBench;

/// <summary>One part after the other, each round with a cluster of its own.</summary>
internal static class ClusterBenchRun
{
    public static async Task<int> RunAsync(BenchOptions options, CancellationToken stop)
    {
        var good = true;
        var clock = new BenchClock();
        foreach (var part in options.Parts)
        {
            var book = new FigureBook();
            var rounds = part is "memory" or "failover" ? 1 : options.Rounds;
            for (var round = 1; round <= rounds && (round == 1 || clock.HasTimeForRounds); round++)
            {
                clock.Say($"{part}: round {round} of {rounds}");
                if (!await MeasureAsync(part, options, book, clock, stop).ConfigureAwait(false))
                {
                    good = false;
                    clock.Say($"{part}: FAILED");
                }
            }

            book.Print();
        }

        clock.Say("done");
        return good ? ToolRun.Good : ToolRun.Failed;
    }

    private static async Task<bool> MeasureAsync(string part, BenchOptions options, FigureBook book, BenchClock clock, CancellationToken stop)
    {
        using var directory = new RunDirectory($"pusher-bench-{part}-", options.Keep);
        var bench = new BenchPart(options, directory.Path, book, clock);
        return await (part switch
        {
            "memory" => MemoryPart.RunAsync(bench, stop),
            "throughput" => ThroughputPart.RunAsync(bench, "throughput", batch: 1, stop),
            "batches" => ThroughputPart.RunAsync(bench, "batches", options.Batch, stop),
            "hop" => HopPart.RunAsync(bench, stop),
            "failover" => FailoverPart.RunAsync(bench, stop),
            "redis" => OutagePart.RunAsync(bench, "redis", cluster => cluster.Redis, stop),
            "nats" => OutagePart.RunAsync(bench, "nats", cluster => cluster.Nats, stop),
            _ => FlushPart.RunAsync(bench, stop),
        }).ConfigureAwait(false);
    }
}
