using System.Text.Json;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Cli.Load;

/// <summary>The command as a process, against servers that are not ours: a real mosquitto and a real nats-server.</summary>
public sealed class PeerTests : IDisposable
{
    private const int Devices = 30;
    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-load-peer-").FullName;

    private string Json => Path.Combine(_directory, "figures.json");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("connect")]
    [InlineData("idle")]
    [InlineData("churn", "--rate", "10")]
    [InlineData("unicast", "--qos", "1", "--window", "50", "--publishers", "2")]
    [InlineData("unicast", "--qos", "0", "--window", "50", "--reactors", "2")]
    [InlineData("unicast", "--qos", "1", "--rate", "10")]
    [InlineData("fanout", "--rate", "10")]
    public async Task Mqtt_Mosquitto_TakesTheSameLoad(string mode, params string[] options)
    {
        await using var broker = await MosquittoProcess.StartNewAsync();
        await CheckAsync("mqtt", broker.Port, broker.ProcessId, mode, options);
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("idle")]
    [InlineData("unicast", "--window", "50", "--publishers", "2")]
    [InlineData("unicast", "--rate", "10")]
    [InlineData("fanout", "--window", "2")]
    public async Task Nats_Server_TakesTheSameLoad(string mode, params string[] options)
    {
        await using var server = await NatsServerProcess.StartNewAsync();
        await CheckAsync("nats", server.Port, server.ProcessId!.Value, mode, options);
    }

    [Fact]
    public async Task Mqtt_BrokerThatWantsAPassword_SaysSo()
    {
        await using var broker = await MosquittoProcess.StartNewAsync("allow_anonymous false");
        var (exitCode, _, error) = await PusherProcess.RunAsync("load", "connect", "--protocol", "mqtt", "--server", $"127.0.0.1:{broker.Port}", "--devices", "3");
        Assert.Equal(1, exitCode);
        Assert.Contains("allow_anonymous", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mqtt", "something else than an MQTT broker")]
    [InlineData("nats", "says nothing: is this the port to publish to")]
    public async Task Unicast_SomethingElseListens_SaysSo(string protocol, string words)
    {
        await using var mosquitto = protocol == "nats" ? await MosquittoProcess.StartNewAsync() : null;
        await using var nats = protocol == "mqtt" ? await NatsServerProcess.StartNewAsync() : null;
        var port = mosquitto?.Port ?? nats!.Port;
        var (exitCode, _, error) = await PusherProcess.RunAsync("load", "unicast", "--protocol", protocol, "--server", $"127.0.0.1:{port}", "--devices", "3");
        Assert.Equal(3, exitCode);
        Assert.Contains(words, error, StringComparison.Ordinal);
    }

    private async Task CheckAsync(string protocol, int port, int processId, string mode, string[] options)
    {
        var (exitCode, output, error) = await PusherProcess.RunAsync(
        [
            "load", mode, "--protocol", protocol, "--server", $"127.0.0.1:{port}", "--server-pid", $"{processId}", "--devices", $"{Devices}",
            "--warmup", "0", "--duration", "1", "--json", Json, .. options,
        ]);
        Assert.True(exitCode == 0, output + error);
        var figures = JsonDocument.Parse(File.ReadAllText(Json)).RootElement.GetProperty("figures");
        Assert.Equal(Devices, figures.GetProperty("devices").GetInt32());
        Assert.Equal(0, figures.GetProperty("disconnects").GetInt32());
        if (mode is "unicast" or "fanout")
        {
            var deliveries = figures.GetProperty("accepted").GetInt64() * (mode == "fanout" ? Devices : 1);
            Assert.True(deliveries > 0);
            Assert.Equal(deliveries, figures.GetProperty("handed").GetInt64());
            Assert.All(["lost", "missed", "dup_handed", "out_of_order", "wrong_device", "foreign", "unknown"], name => Assert.Equal(0, figures.GetProperty(name).GetInt64()));
            Assert.True(figures.GetProperty("server_rss").GetDouble() > 0);
        }
    }
}
