using System.Buffers.Text;
using System.Text.Json;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Tests.Client;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Cli;

public sealed class CommandLineTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-cli-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(2, "", "no-such-command")]
    [InlineData(2, "--server", "device", "--tenant", "acme", "--device", "p")]
    [InlineData(2, "PUSHER_DEVICE_KEY", "device", "--server", "127.0.0.1:1", "--tenant", "acme", "--device", "p")]
    [InlineData(2, "does not exist", "device", "--server", "127.0.0.1:1", "--tenant", "acme", "--device", "p", "--key-file", "/nowhere")]
    [InlineData(2, "--nats URL or --http URL", "publish", "acme/p", "--data", "x")]
    [InlineData(2, "without a secret", "publish", "acme/p", "--data", "x", "--nats", "nats://user:secret@127.0.0.1:1")]
    [InlineData(2, "without a secret", "publish", "acme/p", "--data", "x", "--http", "http://user:secret@127.0.0.1:1")]
    [InlineData(2, "time to live", "publish", "acme/p", "--data", "x", "--nats", "nats://127.0.0.1:1", "--ttl", "soon")]
    [InlineData(2, "is not tenant/device", "publish", "acme", "--data", "x", "--nats", "nats://127.0.0.1:1")]
    [InlineData(2, "--all needs --qos 0", "publish", "acme", "--all", "--data", "x", "--nats", "nats://127.0.0.1:1")]
    [InlineData(2, "--id needs --qos 1", "publish", "acme/p", "--qos", "0", "--id", "a", "--data", "x", "--nats", "nats://127.0.0.1:1")]
    [InlineData(2, "is not a tenant", "publish", "acme/p", "--all", "--qos", "0", "--data", "x", "--nats", "nats://127.0.0.1:1")]
    [InlineData(3, "nothing was stored", "publish", "acme/p", "--data", "x", "--nats", "nats://127.0.0.1:1", "--attempts", "1")]
    [InlineData(3, "nothing was stored", "publish", "acme/p", "--data", "x", "--http", "http://127.0.0.1:1", "--attempts", "1")]
    [InlineData(3, "127.0.0.1:1", "message", "acme", "5", "--http", "http://127.0.0.1:1")]
    [InlineData(2, "See 'pusher --help'", "no-such-command")]
    [InlineData(2, "See 'pusher node drain --help'", "node", "drain")]
    [InlineData(2, "--nats must be nats://host:port", "publish", "acme/p", "--data", "x", "--nats", "http://127.0.0.1:1")]
    [InlineData(2, "--attempts must be 1 or more", "publish", "acme/p", "--data", "x", "--nats", "nats://127.0.0.1:1", "--attempts", "0")]
    [InlineData(2, "without space.\n", "publish", "acme/p", "--data", "x", "--nats", "nats://127.0.0.1:1", "--id", "a b")]
    [InlineData(2, "either a message id", "message", "acme", "--http", "http://127.0.0.1:1")]
    public async Task Run_SomethingWrong_OneClearLineAndItsExitCode(int exitCode, string words, params string[] args)
    {
        var result = await PusherProcess.RunAsync(args);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.DoesNotContain("   at ", result.Error + result.Output, StringComparison.Ordinal);
        Assert.StartsWith("pusher: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_Json_HasTheProtocol()
    {
        var (exitCode, output, _) = await PusherProcess.RunAsync("version", "--json");
        Assert.Equal(0, exitCode);
        Assert.Equal(1, JsonDocument.Parse(output).RootElement.GetProperty("protocol").GetInt32());
    }

    [Theory]
    [InlineData("device")]
    [InlineData("publish")]
    [InlineData("keys")]
    [InlineData("message")]
    public async Task Help_ListsTheExitCodes(string command)
    {
        var (exitCode, output, _) = await PusherProcess.RunAsync(command, "--help");
        Assert.Equal(0, exitCode);
        Assert.Contains("Exit codes", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Device_Count_PrintsTheMessagesAndEnds()
    {
        await using var server = new ScriptedDeviceServer();
        using var pusher = StartDevice(server, "--json", "--count", "2", "--result", "out-of-paper");
        var connection = await server.NextAsync(Cancel);
        await connection.LogInAsync(SessionBench.Key, 10_000, new StreamPosition(7, 0));
        await connection.PushAsync(100, 7, 1, "one"u8.ToArray());
        await connection.PushAsync(101, 7, 2, [0xFF, 0x00]);
        Assert.Equal([(100ul, DeliveryResult.OutOfPaper), (101ul, DeliveryResult.OutOfPaper)], await connection.ReadUntilAckAsync(7, 2));
        connection.Dispose();

        var (exitCode, output, error) = await pusher.WaitAsync();
        Assert.Equal((0, ""), (exitCode, error));
        var messages = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)
            .Where(e => e.GetProperty("event").GetString() == "message").ToList();
        Assert.Equal("one", messages[0].GetProperty("payload").GetString());
        Assert.Equal("101", messages[1].GetProperty("message_id").GetString());
        Assert.Equal("/wA=", messages[1].GetProperty("payload_base64").GetString());
    }

    [Fact]
    public async Task Device_CtrlC_EndsCleanly()
    {
        await using var server = new ScriptedDeviceServer();
        using var pusher = StartDevice(server, "--json");
        var connection = await server.NextAsync(Cancel);
        await connection.LogInAsync(SessionBench.Key, 10_000, new StreamPosition(7, 0));
        await connection.PushAsync(100, 7, 1, []);
        await connection.ReadUntilAckAsync(7, 1);
        await pusher.InterruptAsync();
        Assert.Null(await connection.TryReadAsync());
        connection.Dispose();
        var (exitCode, output, error) = await pusher.WaitAsync();
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("\"handled\":1", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Device_Unauthorized_SaysWhatToCheck()
    {
        await using var server = new ScriptedDeviceServer();
        using var pusher = StartDevice(server);
        var connection = await server.NextAsync(Cancel);
        await connection.SendAsync(w => FrameWriter.WriteRefused(w, FrameFlags.None, CloseReason.Unauthorized, ProtocolLimits.RetryNever, [], "no"));
        connection.Dispose();
        var (exitCode, _, error) = await pusher.WaitAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("pusher keys list", error, StringComparison.Ordinal);
    }

    private PusherProcess StartDevice(ScriptedDeviceServer server, params string[] more)
    {
        var keyFile = Path.Combine(_directory, "key");
        File.WriteAllText(keyFile, Base64Url.EncodeToString(SessionBench.Key) + "\n");
        return PusherProcess.Start(["device", "--server", server.Address, "--tenant", "acme", "--device", "printer-1", "--key-file", keyFile, .. more]);
    }
}
