using Pusher.Torture;
using Pusher.Torture.Faults;
using Xunit;

namespace Pusher.Tests.Torture;

public sealed class TortureOptionsTests
{
    [Theory]
    [InlineData("--seconds needs a value", "--seconds")]
    [InlineData("--seconds takes a whole number from 5 to 86400, not '4'", "--seconds", "4")]
    [InlineData("--seconds takes a whole number from 5 to 86400, not 'ten'", "--seconds", "ten")]
    [InlineData("--seed takes a whole number from 0 to 2147483647, not '-1'", "--seed", "-1")]
    [InlineData("--nodes takes a whole number from 3 to 16, not '2'", "--nodes", "2")]
    [InlineData("--faults: 'fire' is none of kill, freeze, redis, nats, flush, drain, flap, power", "--faults", "kill,fire")]
    [InlineData("--break: 'all' is none of store, fence, dedupe, fsync, sweep", "--break", "all")]
    [InlineData("there is no option '--fast'", "--fast")]
    [InlineData("--server is missing; start this with tools/torture", "--seconds", "10")]
    public void Parse_Wrong_SaysWhat(string message, params string[] arguments)
        => Assert.Equal(message, Assert.Throws<FormatException>(() => TortureOptions.Parse(arguments)).Message);

    [Fact]
    public void Parse_Nothing_TakesAllFaultsThatLoseNothing()
    {
        var options = TortureOptions.Parse(["--server", "x"]);

        Assert.Equal([FaultKind.Kill, FaultKind.Freeze, FaultKind.Redis, FaultKind.Nats, FaultKind.Drain, FaultKind.Flap], options.Faults);
        Assert.Equal((60, 3, 2_000, 4), (options.Seconds, options.Nodes, options.Devices, options.Publishers));
    }

    [Fact]
    public void Parse_BreakFsync_AddsThePowerCutThatShowsIt()
        => Assert.Contains(FaultKind.Power, TortureOptions.Parse(["--server", "x", "--break", "fsync"]).Faults);

    [Fact]
    public void Parse_BreakSweep_AddsTheOutageThatShowsIt()
        => Assert.Equal([FaultKind.Kill, FaultKind.Nats], TortureOptions.Parse(["--server", "x", "--faults", "kill", "--break", "sweep"]).Faults);

    [Fact]
    public void Parse_NoFaults_IsAllowed() => Assert.Empty(TortureOptions.Parse(["--server", "x", "--faults", "none"]).Faults);
}
