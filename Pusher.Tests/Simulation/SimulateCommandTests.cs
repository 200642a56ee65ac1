using Xunit;

namespace Pusher.Tests.Simulation;

public sealed class SimulateCommandTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(2, "--seeds")]
    [InlineData(2, "--seeds", "0")]
    [InlineData(2, "--seeds", "1", "--break", "nothing")]
    [InlineData(2, "--seeds", "1", "--loud")]
    [InlineData(0, "--help")]
    [InlineData(0, "--seeds", "2")]
    [InlineData(1, "--seed", "1", "--break", "resume")]
    public void Run_Arguments_ExitCode(int expected, params string[] args)
    {
        using var output = new StringWriter();
        using var progress = new StringWriter();
        Assert.Equal(expected, SimulateCommand.Run(args, output, progress));
    }

    [Fact]
    public void Run_Failure_PrintsTraceCheckerLineAndSum()
    {
        using var output = new StringWriter();
        using var progress = new StringWriter();
        SimulateCommand.Run(["--seeds", "2", "--break", "resume"], output, progress);
        var lines = output.ToString().TrimEnd().Split('\n');
        Assert.Equal("simulate: seeds=2 failures=2", lines[^1]);
        Assert.Contains(lines, l => l.StartsWith("check: attempted=", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("HANDED id stream seq", StringComparison.Ordinal));
        Assert.Contains("again: tools/simulate --seed 1 --break resume --verbose", lines);
    }
}
