using System.Net;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Pusher.Local;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>Bad starts: one clear line that names the thing and the remedy, the right exit code, no stack trace.</summary>
public sealed class StartTests : IAsyncLifetime
{
    private const int Usage = 2;
    private const int CannotStart = 3;

    private readonly TestNode _node = new();

    public static TheoryData<string[], string> BadOptions => new()
    {
        { ["--lisen", "127.0.0.1:0"], "there is no option 'lisen'" },
        { ["--listen", "7800"], "'7800' is not an address and port" },
        { ["--listen", "127.0.0.1:99999"], "is not an address and port" },
        { ["--window", "0"], "'0' is not a whole number from 1 to 256" },
        { ["--window", "many"], "'many' is not a whole number from 1 to 256" },
        { ["--ack-timeout", "15"], "'15' is not a duration" },
        { ["--ack-timeout", "1ms"], "'1ms' is not a duration from 100ms" },
        { ["--payload-max", "64q"], "'64q' is not a size" },
        { ["--node", "node 1"], "'node 1' is not 1 to 64 of A-Z a-z 0-9 _ -" },
        { ["--transport", "iouring"], "'iouring' is not one of epoll, saea" },
        { ["--log-level", "loud"], "'loud' is not one of" },
        { ["--heartbeat-min", "10m", "--heartbeat-max", "1m"], "heartbeat-min is longer than heartbeat-max" },
        { ["--payload-max", "1m", "--queue-bytes", "64k"], "payload-max is larger than queue-bytes" },
        { ["--nats-user", "me"], "nats-user needs nats-password-file" },
        { ["--config", "/nonexistent/pusher.json"], "/nonexistent/pusher.json" },
        { ["--data"], "the path is empty" },
        { ["serve"], "'serve' is not an option" },
    };

    public ValueTask InitializeAsync()
    {
        _node.Credentials.Add("printer");
        _node.Credentials.Save();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Theory]
    [MemberData(nameof(BadOptions))]
    public Task Start_BadOption_IsUsageError(string[] options, string words)
        => FailsAsync(Usage, [.. _node.Arguments, .. options], words);

    [Fact]
    public Task Start_BadEnvironment_NamesTheVariable()
        => FailsAsync(Usage, _node.Arguments, "PUSHER_SERVER_WINDOW", ("PUSHER_SERVER_WINDOW", "0"));

    [Fact]
    public async Task Start_BadConfigurationFile_NamesFileAndKey()
    {
        var file = Path.Combine(Path.GetDirectoryName(_node.Credentials.Path)!, "pusher.json");
        await File.WriteAllTextAsync(file, """{"windw": 3}""", TestContext.Current.CancellationToken);
        await FailsAsync(Usage, [.. _node.Arguments, "--config", file], $"key 'windw' of {file}");
        await File.WriteAllTextAsync(file, "{", TestContext.Current.CancellationToken);
        await FailsAsync(Usage, [.. _node.Arguments, "--config", file], $"the configuration file {file} cannot be used");
    }

    [Theory]
    [InlineData("--listen")]
    [InlineData("--http")]
    public async Task Start_PortInUse_NamesThePort(string option)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = taken.LocalEndpoint.ToString()!;

        var errors = await FailsAsync(CannotStart, [.. _node.Arguments, option, address], address);

        Assert.Contains(option[2..], errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_DataDirectoryNotWritable_NamesIt()
    {
        // A file in its place stops root as well, whom permissions do not stop.
        await File.WriteAllTextAsync(_node.DataDirectory, "", TestContext.Current.CancellationToken);

        await FailsAsync(CannotStart, _node.Arguments, _node.DataDirectory);
    }

    [Fact]
    public async Task Start_DataDirectoryOfAnotherServer_NamesItsProcess()
    {
        await _node.StartAsync();

        var errors = await FailsAsync(CannotStart, _node.Arguments, $"in use by process {_node.Process.ProcessId}");

        Assert.Contains("a data directory of its own", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NewerSchema_SaysWhichProgramIsNeeded()
    {
        await _node.StartAsync();
        await _node.TerminateAsync();
        await using (var database = new SqliteConnection($"Data Source={Path.Combine(_node.DataDirectory, "pusher.db")};Pooling=false"))
        {
            await database.OpenAsync(TestContext.Current.CancellationToken);
            var command = database.CreateCommand();
            command.CommandText = "PRAGMA user_version = 1000";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await FailsAsync(CannotStart, _node.Arguments, "has schema version 1000");
    }

    [Fact]
    public async Task Start_DatabaseIsNoDatabase_NamesIt()
    {
        Directory.CreateDirectory(_node.DataDirectory);
        await File.WriteAllTextAsync(Path.Combine(_node.DataDirectory, "pusher.db"), new string('x', 10_000), TestContext.Current.CancellationToken);

        await FailsAsync(CannotStart, _node.Arguments, Path.Combine(_node.DataDirectory, "pusher.db"));
    }

    [Fact]
    public async Task Start_CredentialsMissing_SaysHowToMakeThem()
    {
        File.Delete(_node.Credentials.Path);

        await FailsAsync(CannotStart, _node.Arguments, $"{_node.Credentials.Path}: the credentials file is not there. Make it with 'pusher keys add");
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("hello\n", "line 1")]
    [InlineData("pusher-credentials 2\n", "line 1")]
    [InlineData("pusher-credentials 1\n\nacme/p1 sha256:tooshort\n", "line 3")]
    [InlineData("pusher-credentials 1\n_pusher/p1 sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", "reserved")]
    public async Task Start_CredentialsInvalid_NamesTheLine(string text, string words)
    {
        _node.Credentials.SaveText(text);

        var errors = await FailsAsync(CannotStart, _node.Arguments, _node.Credentials.Path);

        Assert.Contains(words, errors, StringComparison.Ordinal);
    }

    [Fact]
    public Task Start_HttpBeyondLoopbackWithoutToken_IsRefused()
        => FailsAsync(Usage, [.. _node.Arguments, "--http", "0.0.0.0:0"], "http-token-file");

    [Theory]
    [InlineData("short", "shorter than 16 characters")]
    [InlineData("changeme-changeme", "looks like a sample")]
    [InlineData("", "is empty")]
    public async Task Start_HttpTokenUnsafe_NamesTheOption(string token, string words)
    {
        var file = Path.Combine(Path.GetDirectoryName(_node.Credentials.Path)!, "token");
        await File.WriteAllTextAsync(file, token, TestContext.Current.CancellationToken);

        var error = await FailsAsync(Usage, [.. _node.Arguments, "--http-token-file", file], "http-token-file");

        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    [Fact]
    public Task Start_HttpTokenFileMissing_NamesIt()
        => FailsAsync(Usage, [.. _node.Arguments, "--http-token-file", "/nonexistent/token"], "/nonexistent/token");

    [Fact]
    public Task Start_NatsUrlIsNone_NamesIt()
        => FailsAsync(Usage, [.. _node.Arguments, "--nats", "localhost:port"], "localhost:port");

    [Fact]
    public async Task Start_BrokenOnPurpose_NeedsInsecureDev()
    {
        await FailsAsync(CannotStart, _node.Arguments, "--insecure-dev", ("PUSHER_BREAK", "store"));

        await using var allowed = await ServerProcess.StartAsync([.. _node.Arguments, "--insecure-dev"], new Dictionary<string, string> { ["PUSHER_BREAK"] = "store" });
        await Eventually.TrueAsync(() => allowed.Errors.Contains("broken on purpose", StringComparison.Ordinal), "the breakage is logged");
    }

    [Theory]
    [InlineData("PUSHER_BREAK", "nothing")]
    [InlineData("PUSHER_CRASH_POINT", "nowhere:1")]
    [InlineData("PUSHER_CRASH_POINT", "after-ok")]
    public Task Start_UnknownFaultSwitch_IsRefused(string name, string value)
        => FailsAsync(Usage, [.. _node.Arguments, "--insecure-dev"], name, (name, value));

    [Fact]
    public async Task Start_WatchesTheDirectoryOfTheCredentialsAndNoOther()
    {
        await _node.StartAsync();

        // The working directory of the process, this one's, has directories below it. A watch there makes an event of every write of a store that lies below it too.
        var watches = Directory.EnumerateFiles($"/proc/{_node.Process.ProcessId}/fdinfo").SelectMany(File.ReadAllLines).Count(line => line.StartsWith("inotify wd:", StringComparison.Ordinal));
        Assert.Equal(1, watches);
    }

    [Fact]
    public async Task Start_NatsDown_StartsAndSaysSo()
    {
        await using var server = await ServerProcess.StartAsync([.. _node.Arguments, "--nats", $"nats://127.0.0.1:{LocalPorts.Next()}"]);

        await Eventually.TrueAsync(() => server.Errors.Contains("NATS", StringComparison.Ordinal), "it says that NATS is not there");
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri($"http://{server.Http}/readyz"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.DoesNotContain("   at ", server.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NatsRefusesTheLogin_SaysSo()
    {
        await using var nats = await NatsServerProcess.StartNewAsync("authorization { user: pusher, password: right }");
        var password = Path.Combine(Path.GetDirectoryName(_node.Credentials.Path)!, "password");
        await File.WriteAllTextAsync(password, "wrong-canary-password\n", TestContext.Current.CancellationToken);
        await using var server = await ServerProcess.StartAsync([.. _node.Arguments, "--nats", nats.Url, "--nats-user", "pusher", "--nats-password-file", password]);

        await Eventually.TrueAsync(() => server.Errors.Contains("uthoriz", StringComparison.Ordinal), $"it says that it is not authorized{server.Describe()}");

        Assert.DoesNotContain("wrong-canary-password", server.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", server.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NatsWithUserAndPassword_Serves()
    {
        await using var nats = await NatsServerProcess.StartNewAsync("authorization { user: pusher, password: right }");
        var password = Path.Combine(Path.GetDirectoryName(_node.Credentials.Path)!, "password");
        await File.WriteAllTextAsync(password, "right\n", TestContext.Current.CancellationToken);
        await using var server = await ServerProcess.StartAsync([.. _node.Arguments, "--nats", nats.Url, "--nats-user", "pusher", "--nats-password-file", password]);
        await using var client = await RawNatsClient.ConnectAsync(nats.Port, """{"headers":true,"no_responders":true,"user":"pusher","pass":"right"}""");

        await Eventually.TrueAsync(
            async () => (await client.RequestAsync("pusher.pub.acme.device.printer", "x")) is { } reply && reply.Json.GetProperty("status").GetString() == "ok",
            "a publish over NATS with a password is accepted");
    }

    [Theory]
    [InlineData("--help", "--logins-pending-max")]
    [InlineData("--version", "0.")]
    public async Task Start_HelpOrVersion_PrintsAndEndsWithZero(string option, string words)
    {
        await using var server = ServerProcess.Launch([option]);

        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.Contains(words, server.Output, StringComparison.Ordinal);
    }

    // The error is the last line of stderr; log lines of parts that started before may stand above it.
    private static async Task<string> FailsAsync(int code, IEnumerable<string> arguments, string words, params (string Name, string Value)[] environment)
    {
        await using var server = ServerProcess.Launch(arguments, environment.ToDictionary(e => e.Name, e => e.Value));
        var exit = await server.WaitForExitAsync();

        Assert.True(exit == code, $"exit code {exit}{server.Describe()}");
        Assert.DoesNotContain("   at ", server.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", server.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("ready ", server.Output, StringComparison.Ordinal);
        var line = server.Errors.TrimEnd().Split('\n')[^1];
        Assert.StartsWith("pusher-server: ", line, StringComparison.Ordinal);
        Assert.Contains(words, line, StringComparison.Ordinal);
        return line;
    }
}
