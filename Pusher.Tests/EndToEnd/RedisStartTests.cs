using Pusher.Local;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>Starts on a Redis that is not fit: one clear line that names the thing and the remedy, the right exit code, no stack trace.</summary>
public sealed class RedisStartTests : IAsyncLifetime
{
    private const int Usage = 2;
    private const int CannotStart = 3;

    private readonly TestNode _node = new();

    public ValueTask InitializeAsync()
    {
        _node.Credentials.Add("printer");
        _node.Credentials.Save();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Theory]
    [InlineData("appendonly is no", "--appendonly", "no")]
    [InlineData("appendfsync is everysec", "--appendonly", "yes", "--appendfsync", "everysec")]
    [InlineData("maxmemory-policy is allkeys-lru", "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "allkeys-lru")]
    public async Task Start_WeakRedis_IsRefusedUnlessAccepted(string words, params string[] settings)
    {
        await using var redis = await RedisServerProcess.StartNewAsync(settings);
        var errors = await FailsAsync(CannotStart, ["--redis", redis.Address], words);
        Assert.Contains("--accept-weak-durability", errors, StringComparison.Ordinal);

        await using var process = await ServerProcess.StartAsync([.. _node.Arguments, "--redis", redis.Address, "--accept-weak-durability"]);
        Assert.Contains(words, process.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WrongPassword_SaysWhichOptionToCheck()
    {
        await using var redis = await RedisServerProcess.StartNewAsync([.. RedisServerProcess.Durable, "--requirepass", "right-password"]);
        var file = Path.Combine(Path.GetDirectoryName(_node.Credentials.Path)!, "redis-password");
        await FailsAsync(CannotStart, ["--redis", redis.Address], "redis-password-file");
        await File.WriteAllTextAsync(file, "wrong-password\n", TestContext.Current.CancellationToken);
        var errors = await FailsAsync(CannotStart, ["--redis", redis.Address, "--redis-password-file", file], "redis-password-file");
        Assert.DoesNotContain("wrong-password", errors, StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, "right-password\n", TestContext.Current.CancellationToken);
        await using var process = await ServerProcess.StartAsync([.. _node.Arguments, "--redis", redis.Address, "--redis-password-file", file]);
        Assert.DoesNotContain("right-password", process.Errors, StringComparison.Ordinal);
    }

    // Its default user needs no password: the failed login leaves the connection that user, and the client goes on.
    [Fact]
    public async Task Start_WrongUser_IsNotTakenForTheDefaultUser()
    {
        await using var redis = await RedisServerProcess.StartNewAsync();
        var file = Path.Combine(Path.GetDirectoryName(_node.Credentials.Path)!, "redis-password");
        await File.WriteAllTextAsync(file, "secret-word\n", TestContext.Current.CancellationToken);
        string[] options = ["--redis", redis.Address, "--redis-user", "pusher", "--redis-password-file", file];
        var errors = await FailsAsync(CannotStart, options, "takes this node for 'default'; check redis-user and redis-password-file");
        Assert.DoesNotContain("secret-word", errors, StringComparison.Ordinal);

        await redis.CommandAsync("ACL SETUSER pusher on >secret-word ~pusher:* +@all");
        await FailsAsync(CannotStart, options, "allow the user of redis-user all keys");
        await redis.CommandAsync("ACL SETUSER pusher ~* -config");
        await FailsAsync(CannotStart, options, "appendonly cannot be read (allow the user CONFIG GET)");
        await redis.CommandAsync("ACL SETUSER pusher +config|get");
        await using var process = await ServerProcess.StartAsync([.. _node.Arguments, .. options]);
        Assert.DoesNotContain("secret-word", process.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NobodyListens_NamesTheAddress()
    {
        var address = $"127.0.0.1:{LocalPorts.Next()}";
        await FailsAsync(CannotStart, ["--redis", address], $"Redis {address} cannot be reached: {address}: Connection refused; check that redis-server runs and listens there");
    }

    [Fact]
    public async Task Start_SomethingElseOrNothingAnswers_SaysWhichOfThem()
    {
        await using var nats = await NatsServerProcess.StartNewAsync();
        await FailsAsync(CannotStart, ["--redis", $"127.0.0.1:{nats.Port}"], $"127.0.0.1:{nats.Port} is no Redis; check the address");
        await using var redis = await RedisServerProcess.StartNewAsync();
        await FailsAsync(CannotStart, ["--redis", $"{redis.Address},serviceName=pusher"], "leave it out for a Redis without them");
        await redis.FreezeAsync();
        await FailsAsync(CannotStart, ["--redis", redis.Address], $"{redis.Address} accepts the connection and then says nothing");
    }

    [Fact]
    public async Task Start_NameThatIsNotKnown_NamesIt()
        => await FailsAsync(CannotStart, ["--redis", "nobody.invalid:6379"], "the name nobody.invalid is not known");

    [Theory]
    [InlineData("redis holds a password", "127.0.0.1:6379,password=secret")]
    [InlineData("redis-user needs redis-password-file", "127.0.0.1:6379", "--redis-user", "me")]
    public Task Start_BadOption_IsUsageError(string words, string address, params string[] options) => FailsAsync(Usage, ["--redis", address, .. options], words);

    [Fact]
    public async Task Start_AddressWithAnUnknownKey_NamesIt()
        => await FailsAsync(CannotStart, ["--redis", "127.0.0.1:6379,colour=red"], "colour");

    [Fact]
    public async Task Start_NodeNameTwice_IsRefused()
    {
        await using var redis = await RedisServerProcess.StartNewAsync();
        await using var nats = await NatsServerProcess.StartNewAsync();
        await using var first = await ServerProcess.StartAsync([.. _node.Arguments, "--redis", redis.Address, "--nats", nats.Url, "--node", "kitchen", "--node-number", "0"]);

        await FailsAsync(CannotStart, ["--redis", redis.Address, "--node", "kitchen"], "another process runs as node 'kitchen'");
        await FailsAsync(CannotStart, ["--redis", redis.Address, "--node", "hall", "--node-number", "0"], "node number 0 belongs to node 'kitchen'");
        await FailsAsync(CannotStart, ["--redis", redis.Address, "--node", "hall"], "node 'kitchen' is alive on the same Redis, and this node has no way to it: give all of them the same --nats");
        await using var second = await ServerProcess.StartAsync([.. _node.Arguments, "--redis", redis.Address, "--nats", nats.Url, "--node", "hall"]);
        Assert.False(first.HasExited);
    }

    [Theory]
    [InlineData(1000, "newer")]
    [InlineData(1, "older")]
    public async Task Start_AnotherSchema_SaysWhichProgramIsNeeded(int version, string writer)
    {
        await using var redis = await RedisServerProcess.StartNewAsync();
        await redis.CommandAsync($"HSET pusher:meta schema {version}");

        await FailsAsync(CannotStart, ["--redis", redis.Address], $"schema version {version}");
        await FailsAsync(CannotStart, ["--redis", redis.Address], $"Start the {writer} program");
    }

    [Fact]
    public async Task Start_KeysOfSomebodyElse_AsksWhoseRedisItIs()
    {
        await using var redis = await RedisServerProcess.StartNewAsync();
        await redis.CommandAsync("SET pusher:meta something");

        await FailsAsync(CannotStart, ["--redis", redis.Address], "is it the Redis of these nodes, and of nobody else?");
    }

    // Two machines from one image: nobody has given a name.
    [Fact]
    public async Task Start_NoNodeNameOnTwo_SecondSaysWhatToGive()
    {
        await using var redis = await RedisServerProcess.StartNewAsync();
        await using var nats = await NatsServerProcess.StartNewAsync();
        await using var first = await ServerProcess.StartAsync([.. _node.Arguments, "--redis", redis.Address, "--nats", nats.Url]);

        await FailsAsync(CannotStart, ["--redis", redis.Address, "--nats", nats.Url], "another process runs as node 'node-1' and renews its lease; give each node a --node of its own");
    }

    [Fact]
    public async Task Start_RedisIsAReplica_IsRefused()
    {
        await using var primary = await RedisServerProcess.StartNewAsync();
        await using var replica = await RedisServerProcess.StartNewAsync([.. RedisServerProcess.Durable, "--replicaof", $"127.0.0.1 {primary.Port}"]);

        await FailsAsync(CannotStart, ["--redis", replica.Address], "replica");
    }

    private async Task<string> FailsAsync(int code, string[] options, string words)
    {
        await using var process = ServerProcess.Launch([.. _node.Arguments, .. options]);
        Assert.Equal(code, await process.WaitForExitAsync());
        var line = Assert.Single(process.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), l => l.StartsWith("pusher-server:", StringComparison.Ordinal));
        Assert.Contains(words, line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", process.Errors, StringComparison.Ordinal);
        return process.Errors;
    }
}
