using Pusher.Local;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Faults;

/// <summary>tools/torture and tools/cluster as users run them, short: what they find clean, and that they find what is broken.</summary>
[Collection(FaultsDefinition.Name)]
public sealed class TortureTests
{
    [Fact]
    public async Task Torture_WholeCluster_LosesNothing()
    {
        NeedServers();
        var (code, output, error) = await TortureAsync("--seconds", "12", "--seed", "7", "--devices", "200", "--faults", "kill,redis,nats,drain,flap");

        Assert.True(code == 0, output + error);
        Assert.Contains(" lost=0 dup_handed=0 out_of_order=0 unexpected=0 wrong_device=0 ", LastLine(output), StringComparison.Ordinal);
        Assert.Contains("fault ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("store", "kill,redis,nats", "lost=0 ")]
    [InlineData("dedupe", "redis,nats,kill", "dup_handed=0 ")]
    [InlineData("sweep", "nats", "lost=0 ")]
    [InlineData("fence", "flap", "owned_twice=0 ")]
    public async Task Torture_BrokenOnPurpose_IsFound(string part, string faults, string figureThatMustNotBeThere)
    {
        NeedServers();
        var (code, output, error) = await TortureAsync("--seconds", "10", "--seed", "7", "--devices", "100", "--patience", "8", "--faults", faults, "--break", part);

        Assert.True(code == 1, output + error);
        Assert.StartsWith("torture: attempted=", LastLine(output), StringComparison.Ordinal);
        Assert.DoesNotContain($" {figureThatMustNotBeThere}", LastLine(output) + " ", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Torture_WrongFault_IsAUsageError()
    {
        var (code, _, error) = await TortureAsync("--faults", "fire");

        Assert.Equal(2, code);
        Assert.Contains("'fire' is none of kill, freeze", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cluster_Check_LosesNothingWithANodeKilled()
    {
        NeedServers();
        var (code, output, error) = await ToolProcess.RunAsync("Pusher.Cluster", "pusher-cluster", "--check", "6", "--devices", "12");

        Assert.True(code == 0, output + error);
        Assert.Contains(" lost=0 dup_handed=0 ", LastLine(output), StringComparison.Ordinal);
    }

    private static Task<(int ExitCode, string Output, string Error)> TortureAsync(params string[] arguments)
        => ToolProcess.RunAsync("Pusher.Torture", "pusher-torture", ["--rate", "200", .. arguments]);

    private static string LastLine(string output) => output.TrimEnd().Split('\n')[^1];

    private static void NeedServers()
    {
        Assert.SkipWhen(LocalProgram.Find("redis-server") is null, "redis-server is not installed (Debian: apt-get install redis-server)");
        Assert.SkipWhen(LocalProgram.Find("nats-server") is null, "nats-server is not installed (Debian: apt-get install nats-server)");
    }
}
