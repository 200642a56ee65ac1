using Xunit;

namespace Pusher.Tests.Simulation;

public sealed class SimulationTests
{
    private const int GreenSeeds = 300;
    private const int BreakageSeedsMax = 500;

    [Fact]
    public void Run_Seeds_AreGreen()
    {
        for (ulong seed = 1; seed <= GreenSeeds; seed++)
        {
            var result = Simulation.Run(seed);
            Assert.True(result.IsGreen, Describe(result));
        }
    }

    [Fact]
    public void Run_SameSeedTwice_IsTheSameRun()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            var first = Simulation.Run(seed);
            var second = Simulation.Run(seed, keepText: true);
            Assert.Equal(first.TraceHash, second.TraceHash);
            Assert.Equal(first.Report.ToString(), second.Report.ToString());
        }
    }

    [Theory]
    [InlineData("retry")]
    [InlineData("fence")]
    [InlineData("resume")]
    [InlineData("dedupe")]
    public void Run_Broken_IsFound(string name)
    {
        Assert.True(SimBreakage.TryParse(name, out var breakage));
        for (ulong seed = 1; seed <= BreakageSeedsMax; seed++)
        {
            if (!Simulation.Run(seed, breakage).IsGreen)
            {
                return;
            }
        }

        Assert.Fail($"No seed through {BreakageSeedsMax} is red with {name} switched off.");
    }

    private static string Describe(SimResult result)
        => $"seed {result.Seed}: {result.Report}\n{string.Join('\n', result.Report.Findings)}\n{string.Join('\n', result.Violations)}";
}
