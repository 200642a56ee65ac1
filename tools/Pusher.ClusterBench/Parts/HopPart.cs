using System.Diagnostics;
using Pusher.Client.Publishing;
using Pusher.Local;
using Pusher.Local.Checking;
using Pusher.Local.Load;

namespace Pusher.ClusterBench.Parts;

/// <summary>The same devices and the same rate, published by the device's node and by another in turn: the difference is the way between them.</summary>
internal static class HopPart
{
    private const int Rate = 2_000;
    private const int Devices = 200;
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    public static async Task<bool> RunAsync(BenchPart part, CancellationToken stop)
    {
        var cluster = await part.StartAsync(2, Devices).ConfigureAwait(false);
        await using var disposal = cluster.ConfigureAwait(false);
        var clock = new HopClock(Rate * (part.Options.Seconds + 2));
        var checker = new DeliveryChecker();
        var devices = BenchPart.Identities(cluster).Select(key => new SimulatedDevice(key, cluster.Keys.Of(key), [cluster.Addresses[0]], checker) { OnHanded = clock.Arrived }).ToArray();
        foreach (var device in devices)
        {
            device.Start();
        }

        await Until.TrueAsync(() => devices.All(BenchPart.IsOnline), DrainTime, stop).ConfigureAwait(false);
        var publishers = cluster.Nodes
            .Select(node => new HttpPublisher(new HttpPublisherOptions { BaseAddress = new Uri($"http://{node.Http}"), Retry = PublishRetryOptions.None }))
            .ToArray();
        await PublishAsync(part, cluster, publishers, clock, checker, stop).ConfigureAwait(false);
        await Until.TrueAsync(() => checker.Outstanding == 0, DrainTime, stop).ConfigureAwait(false);
        foreach (var publisher in publishers)
        {
            await publisher.DisposeAsync().ConfigureAwait(false);
        }

        await BenchPart.CloseAsync(devices).ConfigureAwait(false);
        var (same, other) = clock.Medians(skip: Rate);
        BenchPart.Figure("same_node_p50", same, $"us from publishing over HTTP to the handler, {Rate} /s");
        BenchPart.Figure("other_node_p50", other, "us, in the same run");
        BenchPart.Figure("hop_p50", other - same, "us added");
        return BenchPart.Judge("hop", checker.Report());
    }

    private static async Task PublishAsync(BenchPart part, LocalCluster cluster, HttpPublisher[] publishers, HopClock clock, DeliveryChecker checker, CancellationToken stop)
    {
        var identities = BenchPart.Identities(cluster);
        var startedAt = Stopwatch.GetTimestamp();
        var under = new List<Task>();
        for (var number = 0; number < clock.Capacity; number++)
        {
            while (Stopwatch.GetElapsedTime(startedAt) < TimeSpan.FromSeconds((double)number / Rate))
            {
                await Task.Delay(1, stop).ConfigureAwait(false);
            }

            var device = identities[number / 2 % identities.Count];
            under.Add(SendAsync(publishers[number % 2], device, number));
            under.RemoveAll(task => task.IsCompletedSuccessfully);
        }

        await Task.WhenAll(under).ConfigureAwait(false);

        async Task SendAsync(HttpPublisher publisher, Core.Identity.DeviceKey device, int number)
        {
            var value = $"h-{number}";
            checker.Attempted(device, value, Environment.TickCount64);
            clock.Sent(number);
            var result = await publisher.PublishAsync(device.Tenant, device.Device, SimulatedPayload.Of(value, 128), new PublishOptions { PublisherId = value }, stop).ConfigureAwait(false);
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
