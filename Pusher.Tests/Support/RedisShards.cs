using System.Globalization;
using Pusher.Local;

namespace Pusher.Tests.Support;

/// <summary>A Redis Cluster of three primaries, each with a third of the slots.</summary>
public sealed class RedisShards : IAsyncDisposable
{
    private const int Count = 3;
    private const int Slots = 16_384;

    private readonly List<RedisServerProcess> _servers = [];
    private readonly List<string> _ids = [];

    private RedisShards()
    {
    }

    public IReadOnlyList<RedisServerProcess> Servers => _servers;

    /// <summary>One of them: the client finds the others.</summary>
    public string Address => _servers[0].Address;

    public static async Task<RedisShards> StartNewAsync()
    {
        var shards = new RedisShards();
        try
        {
            await shards.StartAsync();
            return shards;
        }
        catch
        {
            await shards.DisposeAsync();
            throw;
        }
    }

    /// <summary>One command to each.</summary>
    public Task CommandAllAsync(string command) => Task.WhenAll(_servers.Select(server => server.CommandAsync(command)));

    /// <summary>Which server has a slot.</summary>
    public async Task<int> OwnerAsync(int slot)
    {
        for (var i = 0; i < Count; i++)
        {
            if (await HasSlotAsync(i, slot))
            {
                return i;
            }
        }

        throw new InvalidOperationException($"nobody has slot {slot}");
    }

    /// <summary>
    /// Moves a slot as <c>redis-cli --cluster reshard</c> does, but key by key, and with a word in between: while it runs some of a partition's keys are on one server and
    /// some on the other.
    /// </summary>
    public async Task MoveSlotAsync(int slot, int from, int to, Func<Task>? afterEachKey = null)
    {
        await ExpectOkAsync(to, $"CLUSTER SETSLOT {slot} IMPORTING {_ids[from]}");
        await ExpectOkAsync(from, $"CLUSTER SETSLOT {slot} MIGRATING {_ids[to]}");
        await (afterEachKey?.Invoke() ?? Task.CompletedTask);
        while (FirstKey(await _servers[from].CommandAsync($"CLUSTER GETKEYSINSLOT {slot} 1")) is { } key)
        {
            await ExpectOkAsync(from, $"MIGRATE 127.0.0.1 {_servers[to].Port} {key} 0 5000");
            await (afterEachKey?.Invoke() ?? Task.CompletedTask);
        }

        await ExpectOkAsync(to, $"CLUSTER SETSLOT {slot} NODE {_ids[to]}");
        await ExpectOkAsync(from, $"CLUSTER SETSLOT {slot} NODE {_ids[to]}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    private async Task StartAsync()
    {
        var busPorts = new List<int>();
        for (var i = 0; i < Count; i++)
        {
            busPorts.Add(LocalPorts.Next());
            _servers.Add(await RedisServerProcess.StartNewAsync(
            [
                .. RedisServerProcess.Durable, "--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1", "--cluster-node-timeout", "2000",
                "--cluster-port", busPorts[i].ToString(CultureInfo.InvariantCulture),
            ]));
            _ids.Add((await _servers[i].CommandAsync("CLUSTER MYID")).Split("\r\n")[1]);
            await ExpectOkAsync(i, $"CLUSTER ADDSLOTSRANGE {Slots * i / Count} {(Slots * (i + 1) / Count) - 1}");
            await ExpectOkAsync(i, $"CLUSTER SET-CONFIG-EPOCH {i + 1}");
        }

        for (var i = 1; i < Count; i++)
        {
            await ExpectOkAsync(i, $"CLUSTER MEET 127.0.0.1 {_servers[0].Port} {busPorts[0]}");
        }

        foreach (var server in _servers)
        {
            await Eventually.TrueAsync(
                async () => await server.CommandAsync("CLUSTER INFO") is var info && info.Contains("cluster_state:ok", StringComparison.Ordinal)
                    && info.Contains($"cluster_size:{Count}", StringComparison.Ordinal),
                "the cluster is whole");
        }
    }

    private async Task<bool> HasSlotAsync(int server, int slot)
    {
        var answer = await _servers[server].CommandAsync("CLUSTER NODES");
        var mine = answer.Split('\n').Single(line => line.Contains("myself", StringComparison.Ordinal)).Trim().Split(' ').Skip(8);
        return mine.Where(part => !part.StartsWith('[')).Select(part => part.Split('-')).Any(range => int.Parse(range[0], CultureInfo.InvariantCulture) <= slot
            && slot <= int.Parse(range[^1], CultureInfo.InvariantCulture));
    }

    private async Task ExpectOkAsync(int server, string command)
    {
        var answer = await _servers[server].CommandAsync(command);
        Xunit.Assert.True(answer.StartsWith("+OK", StringComparison.Ordinal), $"{command}: {answer}");
    }

    // An array of one bulk string, or an empty one.
    private static string? FirstKey(string answer) => answer.StartsWith("*1", StringComparison.Ordinal) ? answer.Split("\r\n")[2] : null;
}
