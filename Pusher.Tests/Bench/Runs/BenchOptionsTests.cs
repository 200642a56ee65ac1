using Pusher.Bench.Runs;
using Pusher.Bench.Servers;
using Xunit;

namespace Pusher.Tests.Bench.Runs;

public sealed class BenchOptionsTests
{
    [Fact]
    public void Parse_Options_AreTaken()
    {
        var options = BenchOptions.Parse(["--short", "--rounds", "3", "--only", "floor,epoll", "--out", "here"], rate: 5_000);
        Assert.Equal((3, true, 2_000, "here"), (options.Rounds, options.IsShort, options.Rate, options.OutDirectory));
        Assert.Equal(["floor", "epoll"], options.Only);
        Assert.Equal(5_000, BenchOptions.Parse([], rate: 5_000).Rate);
    }

    [Theory]
    [InlineData("--rounds", "0")]
    [InlineData("--devices", "many")]
    [InlineData("--seconds")]
    [InlineData("--what", "1")]
    public void Parse_WrongOption_NamesIt(params string[] arguments)
        => Assert.Contains(arguments[0], Assert.Throws<FormatException>(() => BenchOptions.Parse(arguments, 1)).Message, StringComparison.Ordinal);

    [Fact]
    public void Choose_UnknownServer_NamesThoseThatAre()
    {
        var all = BenchCommand.TransportSubjects(new BenchOptions());
        Assert.Equal(["floor", "node"], BenchCommand.Choose(all, ["node", "floor"]).Select(s => s.Name));
        Assert.Contains("kestrel", Assert.Throws<FormatException>(() => BenchCommand.Choose(all, ["apache"])).Message, StringComparison.Ordinal);
    }

    // Every baseline must be measured too, or its ratios would be missing without a word.
    [Fact]
    public void Subjects_Baselines_Exist()
    {
        foreach (var subjects in new[] { BenchCommand.TransportSubjects(new BenchOptions()), PeerSubjects.All(new BenchOptions()) })
        {
            Assert.All(subjects, s => Assert.Contains(subjects, other => other.Name == s.Baseline));
        }
    }

    [Theory]
    [InlineData("--kind", "apache")]
    [InlineData("--loops", "0", "--kind", "floor")]
    [InlineData("--listen", "here", "--kind", "floor")]
    [InlineData("--raw")]
    [InlineData("--transport", "tcp", "--kind", "node")]
    public void ServeOptions_Wrong_NamesIt(params string[] arguments)
        => Assert.Contains(arguments[0].TrimStart('-'), Assert.Throws<FormatException>(() => ServeOptions.Parse(arguments)).Message, StringComparison.Ordinal);

    [Fact]
    public void ServeOptions_NodeWithoutData_IsRefused()
        => Assert.Contains("--data", Assert.Throws<FormatException>(() => ServeOptions.Parse(["--kind", "node"])).Message, StringComparison.Ordinal);
}
