using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Identity;
using Pusher.Router.Bus;
using Pusher.Router.Cluster;
using Pusher.Router.Routes;

namespace Pusher.Bench.Cluster;

/// <summary>
/// What one hop between nodes adds: two nodes of this process over a real nats-server, one rings at a steady rate for devices of the other. Prints the delay from
/// ring to ring, and how many rings shared an envelope.
/// </summary>
internal static class HopBench
{
    private const int Devices = 10_000;
    private const int PayloadBytes = 128;

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not [var url, var rateText, var secondsText]
            || !int.TryParse(rateText, CultureInfo.InvariantCulture, out var rate)
            || !int.TryParse(secondsText, CultureInfo.InvariantCulture, out var seconds))
        {
            Console.Error.WriteLine("hop: NATS-URL RATE SECONDS");
            return 2;
        }

        var there = new MemoryRouteTable("there", TimeProvider.System);
        var receiver = new HopReceiver(holdsDevices: true);
        await using var hereBus = Connect(url);
        await using var thereBus = Connect(url);
        await using var here = Node("here", hereBus, there, new HopReceiver(holdsDevices: false));
        await using var other = Node("there", thereBus, there, receiver);
        while (!hereBus.IsConnected || !thereBus.IsConnected)
        {
            await Task.Delay(10).ConfigureAwait(false);
        }

        await here.StartAsync(CancellationToken.None).ConfigureAwait(false);
        await other.StartAsync(CancellationToken.None).ConfigureAwait(false);
        var devices = await MakeDevicesAsync(here, there).ConfigureAwait(false);
        Send(here, devices, rate, 1);
        receiver.Delays.Reset();
        var (envelopes, sent) = (here.Counters.Envelopes, here.Counters.Sent);
        Send(here, devices, rate, seconds);
        await Task.Delay(500).ConfigureAwait(false);
        Report(receiver, here, here.Counters.Sent - sent, here.Counters.Envelopes - envelopes);
        return 0;
    }

    private static NatsBus Connect(string url) => new(new NatsBusOptions { Url = url }, NullLogger<NatsBus>.Instance);

    private static ClusterNode Node(string name, NatsBus bus, MemoryRouteTable routes, HopReceiver local)
        => new(
            bus,
            new SharedTables(routes, local, static _ => null),
            new LocalNode(local, local, local, local, local),
            new ClusterOptions { Site = "bench", Node = name },
            TimeProvider.System,
            NullLogger<ClusterNode>.Instance);

    private static async Task<DeviceKey[]> MakeDevicesAsync(ClusterNode here, MemoryRouteTable routes)
    {
        var devices = new DeviceKey[Devices];
        for (var i = 0; i < Devices; i++)
        {
            devices[i] = new DeviceKey("bench", string.Create(CultureInfo.InvariantCulture, $"printer-{i:D5}"));
            await routes.ClaimAsync(devices[i], default, CancellationToken.None).ConfigureAwait(false);
            await here.Routes.GetAsync(devices[i], CancellationToken.None).ConfigureAwait(false);
        }

        return devices;
    }

    // Open loop: a ring that is late is not left out.
    private static void Send(ClusterNode here, DeviceKey[] devices, int rate, int seconds)
    {
        var message = new HopMessage { Stream = 1, Payload = new byte[PayloadBytes] };
        var start = Stopwatch.GetTimestamp();
        for (var i = 0L; i < (long)rate * seconds; i++)
        {
            var due = start + (i * Stopwatch.Frequency / rate);
            while (Stopwatch.GetTimestamp() < due)
            {
                Thread.Sleep(due - Stopwatch.GetTimestamp() > Stopwatch.Frequency / 1000 ? 1 : 0);
            }

            message.Device = devices[i % Devices];
            message.Seq = (ulong)i + 1;
            message.MessageId = (ulong)Stopwatch.GetTimestamp();
            here.Doorbell.Ring(message);
        }
    }

    private static void Report(HopReceiver receiver, ClusterNode here, long sent, long envelopes)
    {
        var delays = receiver.Delays;
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"hop rings={delays.TotalCount} sent={sent} dropped={here.Counters.Dropped} per_envelope={(double)sent / Math.Max(1, envelopes):F1} p50_us={Us(50)} p99_us={Us(99)} max_us={Us(100)}"));

        double Us(double percentile) => delays.GetValueAtPercentile(percentile) / 10.0;
    }
}
