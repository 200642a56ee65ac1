using System.Diagnostics;
using System.Globalization;
using Pusher.Local;

namespace Pusher.Tests.Support;

/// <summary>A primary, its replica, and three sentinels that make the replica the primary when it has been away for a second.</summary>
public sealed class RedisSentinels : IAsyncDisposable
{
    private const int Count = 3;
    private const string Service = "pusher";

    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-sentinel-").FullName;
    private readonly List<Process> _sentinels = [];
    private readonly List<int> _ports = [];

    private RedisSentinels(RedisServerProcess primary, RedisServerProcess replica)
    {
        Primary = primary;
        Replica = replica;
    }

    /// <summary>The primary of the beginning.</summary>
    public RedisServerProcess Primary { get; }

    /// <summary>The replica of the beginning.</summary>
    public RedisServerProcess Replica { get; }

    /// <summary>What a node gets as its <c>--redis</c>.</summary>
    public string Address => string.Join(',', _ports.Select(port => $"127.0.0.1:{port}")) + $",serviceName={Service}";

    public static async Task<RedisSentinels> StartNewAsync()
    {
        var primary = await RedisServerProcess.StartNewAsync();
        var replica = await RedisServerProcess.StartNewAsync([.. RedisServerProcess.Durable, "--replicaof", $"127.0.0.1 {primary.Port}", "--repl-diskless-sync-delay", "0"]);
        var sentinels = new RedisSentinels(primary, replica);
        try
        {
            await sentinels.InStepAsync();
            for (var i = 0; i < Count; i++)
            {
                await sentinels.StartSentinelAsync(LocalPorts.Next());
            }

            await Eventually.TrueAsync(sentinels.KnowAllAsync, "the sentinels know each other and the replica");
            return sentinels;
        }
        catch
        {
            await sentinels.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the replica has all that the primary has written.</summary>
    public Task InStepAsync() => Eventually.TrueAsync(async () => await Primary.CommandAsync("WAIT 1 1000") is ":1\r\n", "the replica is in step");

    /// <summary>From now on the replica gets nothing, and does not know it.</summary>
    public async Task LeaveReplicaBehindAsync()
    {
        await Replica.FreezeAsync();
        await Primary.CommandAsync("CLIENT KILL TYPE replica");
    }

    /// <summary>The primary dies; returns when the replica is the primary.</summary>
    public async Task FailOverAsync(bool thaw = false)
    {
        await Primary.KillAsync();
        if (thaw)
        {
            await Replica.ThawAsync();
        }

        await Eventually.TrueAsync(async () => (await Replica.CommandAsync("ROLE")).Contains("master", StringComparison.Ordinal), "the replica has taken over");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sentinel in _sentinels)
        {
            sentinel.Kill();
            await sentinel.WaitForExitAsync();
            sentinel.Dispose();
        }

        await Replica.DisposeAsync();
        await Primary.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task StartSentinelAsync(int port)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_directory, port.ToString(CultureInfo.InvariantCulture))).FullName;
        var file = Path.Combine(folder, "sentinel.conf");
        await File.WriteAllLinesAsync(
            file,
            [
                $"port {port}", "bind 127.0.0.1", $"dir {folder}", $"logfile {Path.Combine(folder, "sentinel.log")}",
                $"sentinel monitor {Service} 127.0.0.1 {Primary.Port} 2",
                $"sentinel down-after-milliseconds {Service} 1000",
                $"sentinel failover-timeout {Service} 5000",
            ]);
        _sentinels.Add(Process.Start(new ProcessStartInfo(LocalProgram.Find("redis-server")!, [file, "--sentinel"]) { RedirectStandardOutput = true, RedirectStandardError = true })!);
        _ports.Add(port);
    }

    private async Task<bool> KnowAllAsync()
    {
        foreach (var port in _ports)
        {
            try
            {
                var answer = await RedisServerProcess.CommandAsync(port, $"SENTINEL MASTER {Service}");
                var words = answer.Split("\r\n");
                if (Value(words, "num-slaves") != "1" || Value(words, "num-other-sentinels") != "2" || Value(words, "flags") != "master")
                {
                    return false;
                }
            }
            catch (System.Net.Sockets.SocketException)
            {
                return false; // not listening yet
            }
        }

        return true;
    }

    // name, length of the value, value
    private static string Value(string[] words, string name) => Array.IndexOf(words, name) is var at and >= 0 ? words[at + 2] : "";
}
