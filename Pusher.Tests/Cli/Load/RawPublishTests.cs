using System.Text.Json;
using Pusher.Cli.Load.Engine;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Cli.Load;

/// <summary>The command as a process, against a server that takes raw publishes.</summary>
public sealed class RawPublishTests : IDisposable
{
    private const int Devices = 20;
    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-load-raw-").FullName;

    public RawPublishTests() => DeviceKeyFile.Create("acme", Devices, Keys, Path.Combine(_directory, "credentials"));

    private string Keys => Path.Combine(_directory, "keys");

    private string Json => Path.Combine(_directory, "figures.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("--qos", "0", "--window", "100", "--publishers", "3")]
    [InlineData("--qos", "1", "--window", "100", "--reactors", "2")]
    [InlineData("--qos", "0", "--rate", "10")]
    public async Task Unicast_EverythingDelivered_IsFine(params string[] options)
    {
        await using var server = new BenchmarkServer();
        using var run = Start(server, options);
        var (exitCode, output, error) = await run.WaitAsync();
        Assert.True(exitCode == 0, output + error);
        var figures = Figures();
        Assert.True(figures.GetProperty("handed").GetInt64() > 0);
        Assert.Equal(server.Published, figures.GetProperty("accepted").GetInt64());
        Assert.Equal(server.Published, figures.GetProperty("handed").GetInt64());
        Assert.All(["lost", "missed", "dup_handed", "out_of_order", "wrong_device", "foreign"], name => Assert.Equal(0, figures.GetProperty(name).GetInt64()));
    }

    [Fact]
    public async Task Unicast_QosZeroLost_IsAFailure()
    {
        await using var server = new BenchmarkServer(publish => publish == 3);
        using var run = Start(server, "--qos", "0", "--rate", "100");
        var (exitCode, _, error) = await run.WaitAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("1 messages were lost to devices that stayed connected", error, StringComparison.Ordinal);
        Assert.Equal(1, Figures().GetProperty("lost").GetInt64());
    }

    [Fact]
    public async Task Unicast_QosZeroLostAndAllowed_IsAFigure()
    {
        await using var server = new BenchmarkServer(publish => publish == 3);
        using var run = Start(server, "--qos", "0", "--rate", "10", "--allow-loss");
        var (exitCode, output, error) = await run.WaitAsync();
        Assert.True(exitCode == 0, output + error);
        Assert.Equal(1, Figures().GetProperty("lost").GetInt64());
    }

    [Fact]
    public async Task Unicast_WindowOfLostMessages_OpensAgain()
    {
        await using var server = new BenchmarkServer(publish => publish < 10);
        using var run = Start(server, "--qos", "0", "--window", "10", "--allow-loss", "--duration", "3");
        var (exitCode, output, error) = await run.WaitAsync();
        Assert.True(exitCode == 0, output + error);
        Assert.Equal(10, Figures().GetProperty("lost").GetInt64());
        Assert.True(Figures().GetProperty("handed").GetInt64() > 0);
    }

    [Fact]
    public async Task Unicast_DeviceThatWasAway_MissesAndLosesNothing()
    {
        await using var server = new BenchmarkServer();
        using var run = Start(server, "--qos", "0", "--window", "5", "--duration", "3");
        await Eventually.TrueAsync(() => Task.FromResult(server.Published > 0), "messages are published");
        server.Cut(server.Live.First());
        var (exitCode, output, error) = await run.WaitAsync();
        Assert.True(exitCode == 0, output + error);
        Assert.Equal(1, Figures().GetProperty("disconnects").GetInt64());
        Assert.True(Figures().GetProperty("missed").GetInt64() > 0);
        Assert.Equal(0, Figures().GetProperty("lost").GetInt64());
    }

    [Theory]
    [InlineData("--publishers", "2")]
    [InlineData("--window", "5", "--reactors", "2")]
    [InlineData("--rate", "10")]
    public async Task Fanout_EverythingDelivered_IsFineAndTimesTheLast(params string[] options)
    {
        await using var server = new BenchmarkServer();
        using var run = Start(server, ["fanout", .. options]);
        var (exitCode, output, error) = await run.WaitAsync();
        Assert.True(exitCode == 0, output + error);
        var figures = Figures();
        Assert.True(server.Published > 0);
        Assert.Equal(server.Published, figures.GetProperty("published").GetInt64());
        Assert.Equal(server.Published * Devices, figures.GetProperty("handed").GetInt64());
        Assert.All(["lost", "missed", "dup_handed", "out_of_order", "wrong_device", "foreign"], name => Assert.Equal(0, figures.GetProperty(name).GetInt64()));
        Assert.True(figures.GetProperty("fanout_first_p50").GetDouble() <= figures.GetProperty("fanout_last_p50").GetDouble());
        Assert.True(figures.GetProperty("fanout_last_max").GetDouble() <= figures.GetProperty("delivery_max").GetDouble());
        var distribution = Document().GetProperty("distributions").GetProperty("fanout_last");
        Assert.Equal(100, distribution.EnumerateArray().Last()[0].GetDouble());
        Assert.Equal(figures.GetProperty("fanout_last_max").GetDouble() * 1000, distribution.EnumerateArray().Last()[1].GetDouble(), 3);
        Assert.Equal("ms", Document().GetProperty("units").GetProperty("fanout_last_max").GetString());
    }

    [Fact]
    public async Task Fanout_OnePublishLost_IsLostForEveryDevice()
    {
        await using var server = new BenchmarkServer(publish => publish == 3);
        using var run = Start(server, "fanout", "--rate", "10");
        var (exitCode, _, _) = await run.WaitAsync();
        Assert.Equal(1, exitCode);
        Assert.Equal(Devices, Figures().GetProperty("lost").GetInt64());
    }

    private PusherProcess Start(BenchmarkServer server, params string[] arguments) => PusherProcess.Start(
    [
        "load", .. arguments[0] == "fanout" ? Array.Empty<string>() : ["unicast"], .. arguments, "--server", server.Devices, "--publish", server.Publish, "--keys", Keys, "--devices", $"{Devices}", "--warmup", "0", "--json", Json,
        .. arguments.Contains("--duration") ? Array.Empty<string>() : ["--duration", "1"],
        // Far above what a busy machine takes; a run in which nothing is lost ends before, with the last message.
        "--quiet", "8",
    ]);

    private JsonElement Document() => JsonDocument.Parse(File.ReadAllText(Json)).RootElement;

    private JsonElement Figures() => Document().GetProperty("figures");
}
