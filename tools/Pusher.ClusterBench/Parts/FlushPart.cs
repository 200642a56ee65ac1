using System.Diagnostics;
using Pusher.ClusterBench.Figures;
using Pusher.Local;
using Pusher.Local.Checking;
using Pusher.Local.Load;

namespace Pusher.ClusterBench.Parts;

/// <summary>The store loses everything under load: how soon are devices told, and how soon does every one of them get what is new?</summary>
internal static class FlushPart
{
    private const int Devices = 1_000;
    private static readonly TimeSpan SteadyTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RecoverTime = TimeSpan.FromMinutes(2);

    public static async Task<bool> RunAsync(BenchPart part, CancellationToken stop)
    {
        var cluster = await part.StartAsync(3, Math.Min(Devices, part.Options.Devices)).ConfigureAwait(false);
        await using var disposal = cluster.ConfigureAwait(false);
        var checker = new DeliveryChecker();
        var devices = await BenchPart.ConnectAsync(cluster, cluster.Addresses, checker, stop).ConfigureAwait(false);
        var identities = BenchPart.Identities(cluster);
        await using var backend = new SimulatedPublisher(new SimulatedPublisherOptions { Name = "before", NatsUrl = cluster.Nats.Url, Rate = 500 }, identities, checker);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var load = backend.RunAsync(end.Token);
        await Task.Delay(SteadyTime, stop).ConfigureAwait(false);

        var from = Environment.TickCount64;
        var answer = await RedisFigures.AskAsync(cluster.Redis, "FLUSHALL").ConfigureAwait(false);
        checker.Flushed(from, Environment.TickCount64);
        var flushedAt = Stopwatch.GetTimestamp();
        await using var probe = new SimulatedPublisher(
            new SimulatedPublisherOptions { Name = "after", NatsUrl = cluster.Nats.Url, Rate = 1_000, OutstandingMax = identities.Count, Count = identities.Count },
            identities,
            checker);
        var probing = probe.RunAsync(stop);
        var detected = await Until.TrueAsync(() => checker.ResetsSince(from) > 0, RecoverTime, stop).ConfigureAwait(false);
        var detectedAfter = Stopwatch.GetElapsedTime(flushedAt).TotalSeconds;
        await probing.ConfigureAwait(false);
        var reached = await Until.TrueAsync(() => probe.Outstanding == 0 && checker.HandedOf("after-") == identities.Count, RecoverTime, stop).ConfigureAwait(false);
        var reachedAfter = Stopwatch.GetElapsedTime(flushedAt).TotalSeconds;
        await end.CancelAsync().ConfigureAwait(false);
        await load.ConfigureAwait(false);
        await Until.TrueAsync(() => backend.Outstanding == 0 && checker.Outstanding == 0, RecoverTime, stop).ConfigureAwait(false);
        await BenchPart.CloseAsync(devices).ConfigureAwait(false);

        var report = checker.Report();
        part.Figure("flush_detected_after", detected ? detectedAfter : double.PositiveInfinity, "s until the first device was told of a new stream", Aim.AtMost(5));
        part.Figure("flush_reached_after", reached ? reachedAfter : double.PositiveInfinity, $"s until each of {devices.Length} devices had a message published after it", Aim.AtMost(30));
        part.Figure("flush_lost_with_store", report.LostWithStore, "messages published before it and announced as lost");
        return part.Judge("flush", report) && detected && reached && answer == "+OK";
    }
}
