using Pusher.Server.Hosting;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Server.Hosting;

public sealed class OptionTableTests
{
    /// <summary>The document is the table: every key with its value, default and help.</summary>
    [Fact]
    public void Config_EveryOption_IsDocumentedAsItIs()
    {
        var document = File.ReadAllText(RepositoryRoot.File("docs/CONFIG.md"));
        Assert.All(OptionTable.All, o => Assert.Contains($"| `{o.Name}` | {o.Value} | `{o.Default}` | {o.Help} |", document, StringComparison.Ordinal));
        Assert.Equal(OptionTable.All.Count, document.Split('\n').Count(line => line.StartsWith("| `", StringComparison.Ordinal)));
    }

    /// <summary>A default that is written down is the one that holds.</summary>
    [Fact]
    public void Defaults_AppliedAsText_ChangeNothing()
    {
        string[] notLiteral = ["none", "epoll on Linux, else saea"];
        var applied = OptionTable.All
            .Where(o => !notLiteral.Contains(o.Default))
            .Aggregate(new ServerOptions(), (options, o) => o.Apply(options, o.Default));
        Assert.Equal(new ServerOptions(), applied);
    }
}
