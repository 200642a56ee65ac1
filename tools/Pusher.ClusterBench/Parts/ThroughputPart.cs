using System.Diagnostics;
using System.Text.Json;
using Pusher.ClusterBench.Figures;
using Pusher.Local;

namespace Pusher.ClusterBench.Parts;

/// <summary>Durable messages through NATS and Redis: all devices on one of three nodes, publishes taken by any of the three.</summary>
internal static class ThroughputPart
{
    private const string Hits = "pusher_routes_hits";
    private const string Loads = "pusher_routes_loads";
    private const string Reloads = "pusher_routes_reloads";
    private const string Rings = "pusher_cluster_rings_received";

    /// <param name="part">Options, directory and figures.</param>
    /// <param name="name">Its figures begin with it.</param>
    /// <param name="batch">Messages that are published together; 1 = each by itself.</param>
    /// <param name="stop">Ends it early.</param>
    public static async Task<bool> RunAsync(BenchPart part, string name, int batch, CancellationToken stop)
    {
        var cluster = await part.StartAsync(3, part.Options.Devices).ConfigureAwait(false);
        await using var disposal = cluster.ConfigureAwait(false);
        var keys = Path.Combine(part.Directory, "load.keys");
        cluster.Keys.WriteLoadKeys(keys);
        var json = Path.Combine(part.Directory, "load.json");
        var before = await CountAsync(cluster).ConfigureAwait(false);
        var code = await LoadAsync(part, cluster, batch, keys, json, stop).ConfigureAwait(false);
        var after = await CountAsync(cluster).ConfigureAwait(false);
        if (!File.Exists(json))
        {
            return false;
        }

        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(json, stop).ConfigureAwait(false));
        var figures = document.RootElement.GetProperty("figures");
        var messages = Of("accepted");
        part.Figure($"{name}_accepted_rate", Of("accepted_rate"), batch == 1 ? "/s, through NATS, stored and flushed by Redis" : $"/s, the same in batches of {batch}", Aim.AtLeast(12_000));
        part.Figure($"{name}_delivered_rate", Of("delivered_rate"), "/s, handed over and acknowledged", Aim.AtLeast(12_000));
        part.Figure($"{name}_other_node_share", 100 * (after.Rings - before.Rings) / messages, "% of the messages were stored by another node than the device's");
        part.Figure($"{name}_redis_scripts_per_message", (after.Scripts - before.Scripts) / messages, "logins of the devices included", Aim.AtMost(1.5));
        part.Figure($"{name}_nats_messages_per_message", (after.Nats - before.Nats) / messages, "publish, answer, rings and all", Aim.AtMost(1.5));
        part.Figure($"{name}_redis_cpu", (after.RedisCpu - before.RedisCpu) / messages, "us/message, logins of the devices included");
        part.Figure($"{name}_nats_cpu", (after.NatsCpu - before.NatsCpu) / messages, "us/message");
        part.Figure($"{name}_nodes_cpu", (after.NodesCpu - before.NodesCpu) / messages, "us/message, all three, logins of the devices included");
        var lookUps = after.Hits - before.Hits + after.Loads - before.Loads;
        part.Figure($"{name}_route_cache_hits", lookUps > 0 ? 100 * (after.Hits - before.Hits) / lookUps : double.NaN, "% of the look-ups", Aim.AtLeast(99));
        var loads = after.Loads - before.Loads;
        part.Figure($"{name}_route_cache_first", loads > 0 ? 100 * (loads - (after.Reloads - before.Reloads)) / loads : 100, "% of the look-ups in Redis were the first for their device");
        foreach (var fault in new[] { "lost", "dup_handed", "out_of_order", "wrong_device" })
        {
            part.Fault(name, fault, Of(fault));
        }

        return code == 0 && messages > 0;

        double Of(string figure) => figures.TryGetProperty(figure, out var value) ? value.GetDouble() : 0;
    }

    private static async Task<Counts> CountAsync(LocalCluster cluster)
        => new(
            await RedisFigures.ScriptCallsAsync(cluster.Redis).ConfigureAwait(false),
            await HttpFigures.NatsMessagesAsync(cluster.Nats).ConfigureAwait(false),
            await HttpFigures.SumAsync(cluster.Nodes, Rings).ConfigureAwait(false),
            await HttpFigures.SumAsync(cluster.Nodes, Hits).ConfigureAwait(false),
            await HttpFigures.SumAsync(cluster.Nodes, Loads).ConfigureAwait(false),
            await HttpFigures.SumAsync(cluster.Nodes, Reloads).ConfigureAwait(false),
            ProcessTimes.Microseconds(cluster.Redis),
            ProcessTimes.Microseconds(cluster.Nats),
            ProcessTimes.Microseconds(cluster.Nodes));

    // Two messages to one device that are under way at the same time may be stored by two nodes, in either order: the load waits for a device's answer
    // before it publishes to it again. With a window below the number of devices it seldom has to.
    private static int Window(int devices) => Math.Min(2_000, devices * 2 / 3);

    private static async Task<int> LoadAsync(BenchPart part, LocalCluster cluster, int batch, string keys, string json, CancellationToken stop)
    {
        string[] arguments =
        [
            part.Options.PusherAssembly, "load", "unicast", "--server", cluster.Nodes[0].Listen.ToString(), "--nats", cluster.Nats.Url, "--keys", keys,
            "--devices", part.Options.Devices.ToString(), "--window", Window(part.Options.Devices).ToString(), "--ordered", "--batch", batch.ToString(), "--payload", "128", "--warmup", "2", "--duration", part.Options.Seconds.ToString(), "--json", json,
        ];
        using var load = Process.Start(new ProcessStartInfo(LocalProgram.Dotnet, arguments) { RedirectStandardOutput = true })!;
        var table = load.StandardOutput.ReadToEndAsync(CancellationToken.None);
        try
        {
            await load.WaitForExitAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            if (!load.HasExited)
            {
                load.Kill();
            }
        }

        Console.Error.Write(await table.ConfigureAwait(false));
        return load.ExitCode;
    }

    private sealed record Counts(double Scripts, double Nats, double Rings, double Hits, double Loads, double Reloads, double RedisCpu, double NatsCpu, double NodesCpu);
}
