using System.Diagnostics;
using Pusher.Client.Publishing;
using Pusher.ClusterBench.Figures;
using Pusher.Core.Identity;
using Pusher.Local;
using Pusher.Local.Checking;
using Pusher.Local.Load;

namespace Pusher.ClusterBench.Parts;

/// <summary>
/// Half of the devices on each of two nodes; each message goes to a device in turn, and either node takes it as NATS deals them out, so that both ways have the same devices,
/// nodes, rate, store and place in a burst. What differs is the way between nodes alone. The message id tells which node stored it.
/// </summary>
internal static class HopPart
{
    private const int Rate = 2_000;
    private const int WarmUpSeconds = 5;

    // So many that a device's last message is done when its next one is due: two under way at once, stored by two nodes, are no matter of the way between them.
    private const int Devices = 1_000;
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    public static async Task<bool> RunAsync(BenchPart part, CancellationToken stop)
    {
        var cluster = await part.StartAsync(2, Devices).ConfigureAwait(false);
        await using var disposal = cluster.ConfigureAwait(false);
        var clock = new HopClock(Rate * (part.Options.Seconds + WarmUpSeconds));
        var checker = new DeliveryChecker();
        var devices = BenchPart.Identities(cluster)
            .Select((key, i) => new SimulatedDevice(key, cluster.Keys.Of(key), [cluster.Addresses[NodeOf(i)]], checker) { OnHanded = clock.Arrived })
            .ToArray();
        foreach (var device in devices)
        {
            device.Start();
        }

        await Until.TrueAsync(() => devices.All(BenchPart.IsOnline), DrainTime, stop).ConfigureAwait(false);
        var homes = await Task.WhenAll(cluster.Nodes.Select(HttpFigures.NumberAsync)).ConfigureAwait(false);
        await using var publisher = new Publisher(new PublisherOptions { NatsUrl = cluster.Nats.Url, Retry = PublishRetryOptions.None });
        var busy = BusyMicroseconds(cluster);
        var from = Stopwatch.GetTimestamp();
        await PublishAsync(cluster, publisher, homes, clock, checker, stop).ConfigureAwait(false);
        busy = (BusyMicroseconds(cluster) - busy) / Stopwatch.GetElapsedTime(from).TotalMicroseconds;
        await Until.TrueAsync(() => checker.Outstanding == 0, DrainTime, stop).ConfigureAwait(false);
        await BenchPart.CloseAsync(devices).ConfigureAwait(false);
        Report(part, clock);
        part.Figure("hop_processors_busy", busy, $"of {Environment.ProcessorCount}, by the servers and the load together: what has to wait for one is in the times");
        return part.Judge("hop", checker.Report());
    }

    private static double BusyMicroseconds(LocalCluster cluster)
        => ProcessTimes.Microseconds([cluster.Redis, cluster.Nats, .. cluster.Nodes]) + Environment.CpuUsage.TotalTime.TotalMicroseconds;

    private static int NodeOf(int device) => device % 2;

    private static void Report(BenchPart part, HopClock clock)
    {
        const int Skip = Rate * WarmUpSeconds;
        foreach (var (name, isOther) in new[] { ("same_node", false), ("other_node", true) })
        {
            part.Figure($"{name}_answer_p50", clock.Answer(Skip, isOther, 50), "us from publishing over NATS to the answer");
            part.Figure($"{name}_p50", clock.Handed(Skip, isOther, 50), $"us from publishing over NATS to the handler, {Rate} /s");
            part.Figure($"{name}_p99", clock.Handed(Skip, isOther, 99), "us");
        }

        part.Figure("hop_p50", clock.Handed(Skip, true, 50) - clock.Handed(Skip, false, 50), "us added by the way between nodes, both in the same run", Aim.AtMost(300));
    }

    private static async Task PublishAsync(LocalCluster cluster, Publisher publisher, int[] homes, HopClock clock, DeliveryChecker checker, CancellationToken stop)
    {
        var identities = BenchPart.Identities(cluster);
        var startedAt = Stopwatch.GetTimestamp();
        var under = new List<Task>();
        for (var number = 0; number < clock.Capacity; number++)
        {
            while (Stopwatch.GetElapsedTime(startedAt) < TimeSpan.FromSeconds((double)number / Rate))
            {
                await Task.Delay(1, stop).ConfigureAwait(false);
                under.RemoveAll(task => task.IsCompletedSuccessfully);
            }

            clock.Sent(number);
            under.Add(SendAsync(number));
        }

        await Task.WhenAll(under).ConfigureAwait(false);

        async Task SendAsync(int number)
        {
            var (device, value) = (identities[number % identities.Count], $"h-{number}");
            checker.Attempted(device, value, Environment.TickCount64);
            var result = await publisher.PublishAsync(device.Tenant, device.Device, SimulatedPayload.Of(value, 128), new PublishOptions { PublisherId = value }, stop).ConfigureAwait(false);
            clock.Answered(number);
            clock.Stored(number, isOther: MessageIdGenerator.NodeNumberOf(result.MessageId) != homes[NodeOf(number % identities.Count)]);
            if (result.Accepted)
            {
                checker.Accepted(device, value, atMs: Environment.TickCount64);
            }
            else
            {
                checker.Unknown(device, value);
            }
        }
    }
}
