using System.Text.Json;
using Pusher.Cli.Load.Engine;
using Pusher.Cli.Load.Report;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Cli.Load;

/// <summary>The command as a process, against the real server over a real nats-server.</summary>
public sealed class LoadRunTests : IAsyncLifetime
{
    private const int Devices = 50;
    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-load-").FullName;
    private NatsServerProcess? _nats;
    private ServerProcess? _server;

    private string Keys => Path.Combine(_directory, "keys");

    private string Json => Path.Combine(_directory, "figures.json");

    public async ValueTask InitializeAsync()
    {
        _nats = await NatsServerProcess.StartNewAsync();
        DeviceKeyFile.Create("acme", Devices, Keys, Path.Combine(_directory, "credentials"));
        _server = await ServerProcess.StartAsync(
        [
            "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data", Path.Combine(_directory, "data"),
            "--credentials", Path.Combine(_directory, "credentials"), "--nats", _nats.Url,
        ]);

        // "ready" may come a moment before the subscription stands at NATS.
        await using var client = await RawNatsClient.ConnectAsync(_nats.Port);
        await Eventually.TrueAsync(async () => await client.RequestAsync("pusher.pub.acme.device.nobody", "") is not null, "the node answers over NATS");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_nats is not null)
        {
            await _nats.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Unicast_Window_DeliversWhatWasAcceptedAndWritesItDown()
    {
        using var run = Start("unicast", "--window", "100", "--warmup", "0", "--publishers", "2", "--server-pid", $"{_server!.ProcessId}", "--metrics", $"http://{_server.Http}/metrics");
        var (exitCode, output, error) = await run.WaitAsync();
        Assert.True(exitCode == 0, output + error);
        var figures = Figures();
        Assert.True(figures.GetProperty("accepted").GetInt64() > 0);
        Assert.Equal(figures.GetProperty("accepted").GetInt64(), figures.GetProperty("handed").GetInt64());
        Assert.All(["lost", "dup_handed", "out_of_order", "wrong_device", "unexpected", "unknown", "refused"], name => Assert.Equal(0, figures.GetProperty(name).GetInt64()));
        Assert.All(["server_cpu", "server_rss", "server_allocated", "delivery_p99", "answer_p99"], name => Assert.True(figures.GetProperty(name).GetDouble() > 0, name));
        Assert.Matches(@"(?m)^lost +0 msg\r?$", output);
    }

    [Theory]
    [InlineData("--batch", "16", "--window", "100", "--publishers", "2")]
    [InlineData("--batch", "64", "--rate", "200")]
    [InlineData("--batch", "16", "--window", "100", "--qos", "0")]
    public async Task Unicast_Batches_DeliverWhatWasAccepted(params string[] arguments)
    {
        using var run = Start(["unicast", "--warmup", "0", .. arguments]);
        var (exitCode, output, error) = await run.WaitAsync();
        Assert.True(exitCode == 0, output + error);
        var figures = Figures();
        Assert.True(figures.GetProperty("accepted").GetInt64() > 0);
        Assert.Equal(figures.GetProperty("accepted").GetInt64(), figures.GetProperty("handed").GetInt64());
        Assert.All(["lost", "dup_handed", "out_of_order", "wrong_device", "unexpected", "unknown", "refused"], name => Assert.Equal(0, figures.GetProperty(name).GetInt64()));
    }

    [Theory]
    [InlineData("unicast", "--qos", "0", "--rate", "10")]
    [InlineData("unicast", "--qos", "0", "--window", "20")]
    [InlineData("fanout", "--rate", "10")]
    [InlineData("fanout", "--window", "2")]
    public async Task QosZero_DevicesThatStay_LoseNothing(params string[] arguments)
    {
        using var run = Start([.. arguments, "--warmup", "0"]);
        var (exitCode, output, error) = await run.WaitAsync();
        Assert.True(exitCode == 0, output + error);
        Assert.True(Figures().GetProperty("handed").GetInt64() >= (arguments[0] == "fanout" ? Devices : 1)); // one publish at the least
        Assert.All(["lost", "missed", "dup_handed", "out_of_order", "wrong_device"], name => Assert.Equal(0, Figures().GetProperty(name).GetInt64()));
    }

    [Fact]
    public async Task Unicast_RateNobodyReaches_SaysSoAndKeepsTheResults()
    {
        using var run = Start("unicast", "--rate", "10000000", "--warmup", "0");
        var (exitCode, output, error) = await run.WaitAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("The rate asked for was not reached", error, StringComparison.Ordinal);
        Assert.Contains("accepted_rate", output, StringComparison.Ordinal);
        Assert.True(Figures().GetProperty("accepted").GetInt64() > 0);
    }

    [Fact]
    public async Task Unicast_ServerDiesMidway_KeepsWhatThereIs()
    {
        using var run = Start("unicast", "--rate", "200", "--warmup", "0", "--duration", "600", "--drain", "1", "--server-pid", $"{_server!.ProcessId}");
        using var metrics = new ServerMetrics(new Uri($"http://{_server.Http}/metrics"));
        await Eventually.TrueAsync(
            async () => (await metrics.ReadAsync(ServerMetrics.Acks)).GetValueOrDefault(ServerMetrics.Acks) > 0, "messages are delivered");
        await _server.KillAsync();
        var (exitCode, output, error) = await run.WaitAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("the server process is gone", error, StringComparison.Ordinal);
        Assert.Contains("delivered_rate", output, StringComparison.Ordinal);
        Assert.True(Figures().GetProperty("handed").GetInt64() > 0);
        Assert.DoesNotContain("   at ", error + output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unicast_CtrlC_EndsEarlyWithItsReport()
    {
        using var run = Start("unicast", "--rate", "200", "--warmup", "0", "--duration", "600");
        using var metrics = new ServerMetrics(new Uri($"http://{_server!.Http}/metrics"));
        await Eventually.TrueAsync(
            async () => (await metrics.ReadAsync(ServerMetrics.Acks)).GetValueOrDefault(ServerMetrics.Acks) > 0, "messages are delivered");
        await run.InterruptAsync();
        var (exitCode, output, error) = await run.WaitAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("Interrupted", error, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^dup_handed +0 msg\r?$", output);
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("idle")]
    [InlineData("churn", "--rate", "5")]
    public async Task OtherModes_AllDevices_LogIn(string mode, params string[] more)
    {
        using var run = Start([mode, "--warmup", "0", "--sources", "3", "--reactors", "2", "--server-pid", $"{_server!.ProcessId}", .. more]);
        var (exitCode, output, error) = await run.WaitAsync();
        Assert.True(exitCode == 0, output + error);
        Assert.Equal(Devices, Figures().GetProperty("devices").GetInt32());
        Assert.Equal(0, Figures().GetProperty("disconnects").GetInt32());
    }

    [Fact]
    public async Task Connect_ServerSendsThemElsewhere_TheyLogInThere()
    {
        await using var draining = new ScriptedDeviceServer();
        using var run = PusherProcess.Start(["load", "connect", "--server", draining.Address, "--keys", Keys, "--devices", "1", "--warmup", "0", "--duration", "1", "--json", Json]);
        using (var device = await draining.NextAsync(TestContext.Current.CancellationToken))
        {
            await device.SendAsync(w => FrameWriter.WriteRefused(w, FrameFlags.None, CloseReason.Draining, 0, [$"{_server!.Listen}"], "going down"));
        }

        var (exitCode, output, error) = await run.WaitAsync();
        Assert.True(exitCode == 0, output + error);
        Assert.Equal(1, Figures().GetProperty("devices").GetInt32());
    }

    [Fact]
    public async Task Connect_KeysOfSomebodyElse_SaysWhichFileToLookAt()
    {
        var other = Path.Combine(_directory, "other-keys");
        DeviceKeyFile.Create("acme", Devices, other, Path.Combine(_directory, "other-credentials"));
        using var run = PusherProcess.Start(["load", "connect", "--server", $"{_server!.Listen}", "--keys", other, "--devices", $"{Devices}"]);
        var (exitCode, _, error) = await run.WaitAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("key file", error, StringComparison.Ordinal);
        Assert.Contains("Unauthorized", error, StringComparison.Ordinal);
    }

    private PusherProcess Start(params string[] arguments) => PusherProcess.Start(
    [
        "load", .. arguments, "--server", $"{_server!.Listen}", "--nats", _nats!.Url, "--keys", Keys, "--devices", $"{Devices}", "--json", Json,
        "--quiet", "15", // nothing is lost here, so this is not waited for
        .. arguments.Contains("--duration") ? Array.Empty<string>() : ["--duration", "1"],
    ]);

    private JsonElement Figures() => JsonDocument.Parse(File.ReadAllText(Json)).RootElement.GetProperty("figures");
}
