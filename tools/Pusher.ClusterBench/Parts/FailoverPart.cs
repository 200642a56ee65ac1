using System.Diagnostics;
using Pusher.ClusterBench.Figures;
using Pusher.Local;
using Pusher.Local.Checking;
using Pusher.Local.Load;

namespace Pusher.ClusterBench.Parts;

/// <summary>
/// Two nodes, all devices on one of them. It is killed, and one message for each device is published at once through the other: when do they arrive?
/// The killed node comes back empty, and the next kill is of the other one.
/// </summary>
internal static class FailoverPart
{
    private static readonly TimeSpan RecoverTime = TimeSpan.FromMinutes(2);

    public static async Task<bool> RunAsync(BenchPart part, CancellationToken stop)
    {
        var cluster = await part.StartAsync(2, part.Options.Devices, nodesAtFirst: 1).ConfigureAwait(false);
        await using var disposal = cluster.ConfigureAwait(false);
        var checker = new DeliveryChecker();
        var devices = await BenchPart.ConnectAsync(cluster, cluster.Addresses, checker, stop).ConfigureAwait(false);
        var times = new List<double>();
        for (var kill = 0; kill < part.Options.Kills && (kill == 0 || part.Clock.HasTime); kill++)
        {
            var victim = cluster.Nodes[kill % 2];
            await cluster.Nodes[1 - (kill % 2)].StartAsync().ConfigureAwait(false);
            times.Add(await KillAsync(cluster, victim, kill, devices, checker, stop).ConfigureAwait(false));
            Console.Error.WriteLine($"failover: {victim.Name} killed, 99 % handed over after {times[^1]:0.00} s");
        }

        await BenchPart.CloseAsync(devices).ConfigureAwait(false);
        times.Sort();
        part.Figure("failover_99", times[times.Count / 2], $"s until 99 % of the messages of {devices.Length} devices are handed over, median of {times.Count} kills", Aim.AtMost(10));
        part.Figure("failover_99_worst", times[^1], "s");
        return part.Judge("failover", checker.Report());
    }

    private static async Task<double> KillAsync(LocalCluster cluster, LocalNode victim, int kill, SimulatedDevice[] devices, DeliveryChecker checker, CancellationToken stop)
    {
        var backend = new SimulatedPublisher(
            new SimulatedPublisherOptions { Name = $"k{kill}", NatsUrl = cluster.Nats.Url, Rate = 2_000, OutstandingMax = 1_000, Count = devices.Length },
            BenchPart.Identities(cluster),
            checker);
        await using var disposal = backend.ConfigureAwait(false);
        var handed = checker.HandedCount;
        var from = Stopwatch.GetTimestamp();
        await victim.KillAsync().ConfigureAwait(false);
        var publishing = backend.RunAsync(stop);
        var most = await Until.TrueAsync(() => checker.HandedCount - handed >= devices.Length * 99 / 100, RecoverTime, stop).ConfigureAwait(false);
        var seconds = most ? Stopwatch.GetElapsedTime(from).TotalSeconds : double.PositiveInfinity;
        await publishing.ConfigureAwait(false);
        await Until.TrueAsync(() => backend.Outstanding == 0 && checker.Outstanding == 0 && devices.All(BenchPart.IsOnline), RecoverTime, stop).ConfigureAwait(false);
        return seconds;
    }
}
