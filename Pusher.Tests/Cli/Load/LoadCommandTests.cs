using Pusher.Cli.Load.Engine;
using Pusher.Local;
using Xunit;

namespace Pusher.Tests.Cli.Load;

/// <summary>What goes wrong before there is a server.</summary>
public sealed class LoadCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pusher-load-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(2, "--keys", "connect", "--server", "127.0.0.1:1")]
    [InlineData(2, "does not exist", "connect", "--server", "127.0.0.1:1", "--keys", "/nowhere")]
    [InlineData(2, "is not host:port", "connect", "--server", "127.0.0.1", "--keys", "/nowhere")]
    [InlineData(2, "without a secret", "unicast", "--server", "127.0.0.1:1", "--keys", "/nowhere", "--nats", "nats://a:b@127.0.0.1")]
    [InlineData(2, "--metrics", "connect", "--server", "127.0.0.1:1", "--keys", "/nowhere", "--metrics", "x")]
    [InlineData(2, "open files", "connect", "--server", "127.0.0.1:1", "--keys", "/nowhere", "--devices", "1000000")]
    [InlineData(2, "sideways", "sideways", "--server", "127.0.0.1:1", "--keys", "/nowhere")]
    [InlineData(2, "--publish", "fanout", "--server", "127.0.0.1:1", "--keys", "/nowhere")]
    [InlineData(2, "--publish 'smoke:1'", "unicast", "--server", "127.0.0.1:1", "--keys", "/nowhere", "--publish", "smoke:1")]
    [InlineData(2, "--allow-loss", "unicast", "--server", "127.0.0.1:1", "--keys", "/nowhere", "--publish", "raw:127.0.0.1:1", "--allow-loss")]
    [InlineData(2, "--qos", "unicast", "--server", "127.0.0.1:1", "--keys", "/nowhere", "--publish", "raw:127.0.0.1:1", "--qos", "2")]
    public async Task Load_SomethingWrong_OneClearLineAndItsExitCode(int exitCode, string words, params string[] arguments)
    {
        var result = await PusherProcess.RunAsync(["load", .. arguments]);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.StartsWith("pusher: ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error + result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connect", "nobody listens")]
    [InlineData("unicast", "publishing side")]
    public async Task Load_NobodyListens_ExitsAsUnreachable(string mode, string words)
    {
        var keys = Path.Combine(_directory, "keys");
        DeviceKeyFile.Create("acme", 5, keys, Path.Combine(_directory, "credentials"));
        var port = LocalPorts.Next();
        var result = await PusherProcess.RunAsync("load", mode, "--server", $"127.0.0.1:{port}", "--nats", $"nats://127.0.0.1:{port}", "--keys", keys, "--devices", "5");
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        Assert.Equal(3, result.ExitCode);
        Assert.DoesNotContain("   at ", result.Error + result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--server-pid", "no such process", "2147483647")]
    [InlineData("--json", "there is no such directory", "/nowhere/figures.json")]
    [InlineData("--skip", "behind the first 3", "3")]
    public async Task Load_SomethingThatIsNotThere_IsNamedBeforeTheRun(string option, string words, string value)
    {
        var keys = Path.Combine(_directory, "keys");
        DeviceKeyFile.Create("acme", 5, keys, Path.Combine(_directory, "credentials"));
        var result = await PusherProcess.RunAsync("load", "connect", "--server", "127.0.0.1:1", "--keys", keys, "--devices", "5", option, value);
        Assert.Contains(option == "--skip" ? keys : option, result.Error, StringComparison.Ordinal);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        Assert.Equal(2, result.ExitCode);
    }

    [Fact]
    public async Task Keys_Command_MakesBothFiles()
    {
        var (keys, credentials) = (Path.Combine(_directory, "keys"), Path.Combine(_directory, "credentials"));
        var result = await PusherProcess.RunAsync("load", "keys", "--devices", "7", "--tenant", "acme", "--out-keys", keys, "--out-credentials", credentials);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(7, DeviceKeyFile.Read(keys, 7).Count);
        Assert.True(File.Exists(credentials));
    }
}
