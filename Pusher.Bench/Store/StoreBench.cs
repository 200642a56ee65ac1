using System.Diagnostics;
using System.Globalization;
using Pusher.Core.Identity;
using Pusher.Router.Redis;
using Pusher.Router.Stores.Redis;
using Pusher.Router.Stores.Sqlite;

namespace Pusher.Bench.Store;

/// <summary>
/// Measures the embedded store, or with <c>--redis ADDRESS</c> the one in Redis: 10,000 devices, 128-byte payloads, a publisher id each; every stored message is then
/// acknowledged and gets its result. Throughput with 2,000 appends outstanding, latency at a fixed 5,000/s. CPU is the whole process's.
/// </summary>
internal static class StoreBench
{
    private const int Devices = 10_000;
    private const int Outstanding = 2_000;
    private const int PacedPerSecond = 5_000;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var seconds = Number(arguments, "--seconds", 10);
        var directory = Text(arguments, "--directory") ?? Path.Combine(Path.GetTempPath(), $"pusher-store-{Environment.ProcessId}");
        var devices = new DeviceKey[Devices];
        for (var i = 0; i < Devices; i++)
        {
            devices[i] = new DeviceKey("bench", string.Create(CultureInfo.InvariantCulture, $"printer-{i:D5}"));
        }

        if (Text(arguments, "--redis") is { } redis)
        {
            await RunRedisAsync(redis, devices, seconds, Number(arguments, "--lanes", new RedisStoreOptions().Lanes)).ConfigureAwait(false);
            return 0;
        }

        await using (var store = SqliteMessageStore.Open(new SqliteStoreOptions { DataDirectory = directory }))
        {
            var load = new StoreLoad(store, devices);
            await load.WarmUpAsync(Outstanding, Devices * 2).ConfigureAwait(false);
            await MeasureThroughputAsync(load, seconds).ConfigureAwait(false);
            await MeasureLatencyAsync(load, seconds).ConfigureAwait(false);
            await MeasureOneByOneAsync(load).ConfigureAwait(false);
        }

        if (!arguments.Contains("--retain"))
        {
            Directory.Delete(directory, recursive: true);
        }

        return 0;
    }

    // A server that may be used for nothing else: what it holds stays.
    private static async Task RunRedisAsync(string address, DeviceKey[] devices, int seconds, int lanes)
    {
        await using var link = await RedisLink.ConnectAsync(new RedisOptions { Configuration = address, CommandTimeoutMs = 30_000 }).ConfigureAwait(false);
        await using var store = await RedisMessageStore.OpenAsync(link, new RedisStoreOptions { Lanes = lanes }).ConfigureAwait(false);
        var load = new StoreLoad(store, devices);
        await load.WarmUpAsync(Outstanding, Devices).ConfigureAwait(false);
        var before = (link.ScriptCalls, load.Answered);
        await MeasureThroughputAsync(load, seconds).ConfigureAwait(false);
        PrintCommands("throughput", link, load, before);
        before = (link.ScriptCalls, load.Answered);
        await MeasureLatencyAsync(load, seconds).ConfigureAwait(false);
        PrintCommands("paced_5000", link, load, before);
        before = (link.ScriptCalls, load.Answered);
        await MeasureOneByOneAsync(load).ConfigureAwait(false);
        PrintCommands("one_by_one", link, load, before);
    }

    private static void PrintCommands(string name, RedisLink link, StoreLoad load, (long Calls, long Messages) before)
        => Print(name + "_commands", (link.ScriptCalls - before.Calls) / (double)(load.Answered - before.Messages), "commands/message");

    private static async Task MeasureThroughputAsync(StoreLoad load, int seconds)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        var messages = await load.RunOutstandingAsync(Outstanding, TimeSpan.FromSeconds(seconds)).ConfigureAwait(false);
        var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var perMessage = (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / messages;
        Print("throughput", messages / elapsed, "messages/s");
        Print("cpu", perMessage, "us/message");
        Print("allocated", (GC.GetTotalAllocatedBytes() - allocated) / (double)messages, "B/message");
        Print("throughput_p50", load.LatencyMs(50), "ms");
        Print("throughput_p99", load.LatencyMs(99), "ms");
    }

    private static async Task MeasureLatencyAsync(StoreLoad load, int seconds)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var messages = await load.RunPacedAsync(PacedPerSecond, TimeSpan.FromSeconds(seconds)).ConfigureAwait(false);
        Print("paced_5000_p50", load.LatencyMs(50), "ms");
        Print("paced_5000_p99", load.LatencyMs(99), "ms");
        Print("paced_5000_max", load.LatencyMs(100), "ms");
        Print("paced_5000_cpu", (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / messages, "us/message");
    }

    private static async Task MeasureOneByOneAsync(StoreLoad load)
    {
        var start = Stopwatch.GetTimestamp();
        var messages = await load.RunOutstandingAsync(1, TimeSpan.FromSeconds(2)).ConfigureAwait(false);
        Print("one_by_one", messages / Stopwatch.GetElapsedTime(start).TotalSeconds, "messages/s");
        Print("one_by_one_p50", load.LatencyMs(50), "ms");
    }

    private static void Print(string name, double value, string unit)
        => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bench store.{name} {value:0.###} {unit}"));

    private static string? Text(string[] arguments, string name)
    {
        var at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;
    }

    private static int Number(string[] arguments, string name, int otherwise)
        => Text(arguments, name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
