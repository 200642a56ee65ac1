using Pusher.ClusterBench.Figures;
using Pusher.Local;
using Pusher.Local.Checking;
using Pusher.Local.Load;

namespace Pusher.ClusterBench.Parts;

/// <summary>Redis or NATS is gone for a while, under load.</summary>
internal static class OutagePart
{
    private const int Devices = 1_000;
    private const int Rate = 300;
    private static readonly TimeSpan SteadyTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RecoverTime = TimeSpan.FromMinutes(2);

    public static async Task<bool> RunAsync(BenchPart part, string name, Func<LocalCluster, LocalServer> victim, CancellationToken stop)
    {
        var cluster = await part.StartAsync(3, Math.Min(Devices, part.Options.Devices)).ConfigureAwait(false);
        await using var disposal = cluster.ConfigureAwait(false);
        // Without NATS there is nobody who could answer: the publisher's own time-out is the answer.
        var patience = TimeSpan.FromSeconds(name == "nats" ? 1.5 : 10);
        var checker = new DeliveryChecker();
        var devices = await BenchPart.ConnectAsync(cluster, cluster.Addresses, checker, stop).ConfigureAwait(false);
        var backend = new SimulatedPublisher(
            new SimulatedPublisherOptions { Name = name, NatsUrl = cluster.Nats.Url, Rate = Rate, AnswerTime = patience },
            BenchPart.Identities(cluster),
            checker);
        await using var backendDisposal = backend.ConfigureAwait(false);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var load = backend.RunAsync(end.Token);
        await Task.Delay(SteadyTime, stop).ConfigureAwait(false);

        var drops = devices.Sum(device => device.Drops);
        backend.ForgetAnswerTimes();
        var server = victim(cluster);
        await server.KillAsync().ConfigureAwait(false);
        await Task.Delay(TimeSpan.FromSeconds(part.Options.DownSeconds), stop).ConfigureAwait(false);
        var (longest, errors) = (backend.LongestErrorMs, backend.Refused + backend.Unknown);
        await server.StartAsync().ConfigureAwait(false);
        var settled = backend.Settled;
        var back = await Until.TrueAsync(() => backend.Settled > settled + Rate, RecoverTime, stop).ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        await load.ConfigureAwait(false);
        await Until.TrueAsync(() => backend.Outstanding == 0 && checker.Outstanding == 0, RecoverTime, stop).ConfigureAwait(false);

        drops = devices.Sum(device => device.Drops) - drops;
        await BenchPart.CloseAsync(devices).ConfigureAwait(false);
        part.Figure($"{name}_down_sockets_dropped", drops, $"of {devices.Length} devices, {part.Options.DownSeconds} s down", Aim.None, Fold.Sum);
        part.Figure($"{name}_down_error_after", longest, $"ms at most until a publish was answered by an error; {errors} such answers", Aim.AtMost(2_000));
        return part.Judge($"{name}_down", checker.Report()) && back && drops == 0;
    }
}
