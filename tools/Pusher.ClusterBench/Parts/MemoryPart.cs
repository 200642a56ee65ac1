using Pusher.Local.Checking;

namespace Pusher.ClusterBench.Parts;

/// <summary>What a connected device costs in Redis, and what it costs to keep it.</summary>
internal static class MemoryPart
{
    public static async Task<bool> RunAsync(BenchPart part, CancellationToken stop)
    {
        var cluster = await part.StartAsync(2, part.Options.Devices).ConfigureAwait(false);
        await using var disposal = cluster.ConfigureAwait(false);
        var before = await RedisFigures.MemoryAsync(cluster.Redis).ConfigureAwait(false);
        var devices = await BenchPart.ConnectAsync(cluster, cluster.Addresses, new DeliveryChecker(), stop).ConfigureAwait(false);
        var after = await RedisFigures.MemoryAsync(cluster.Redis).ConfigureAwait(false);
        var calls = await RedisFigures.ScriptCallsAsync(cluster.Redis).ConfigureAwait(false);
        var idle = TimeSpan.FromSeconds(part.Options.DownSeconds);
        await Task.Delay(idle, stop).ConfigureAwait(false);
        var renewals = await RedisFigures.ScriptCallsAsync(cluster.Redis).ConfigureAwait(false) - calls;
        await BenchPart.CloseAsync(devices).ConfigureAwait(false);
        part.Figure("redis_memory_per_device", (double)(after - before) / devices.Length, "B, routes and streams of idle devices");
        part.Figure("redis_idle_scripts", renewals / idle.TotalSeconds, $"/s for 2 nodes with {devices.Length} idle devices");
        return true;
    }
}
