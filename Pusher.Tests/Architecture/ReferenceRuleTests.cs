using System.Reflection;
using System.Xml.Linq;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Architecture;

/// <summary>Which project may reference which: as the project files say, and as the compiled assemblies really do.</summary>
public sealed class ReferenceRuleTests
{
    private static readonly string[] Everything = ["Pusher.Core", "Pusher.Transport", "Pusher.Router", "Pusher.Server", "Pusher.Client", "pusher"];

    /// <summary>Project, and the ones it may reference. Tools may see the transport: the load tester's client engine is one.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Pusher.Core"] = [],
        ["Pusher.Transport"] = ["Pusher.Core"],
        ["Pusher.Router"] = ["Pusher.Core"],
        ["Pusher.Server"] = ["Pusher.Core", "Pusher.Transport", "Pusher.Router"],
        ["Pusher.Client"] = ["Pusher.Core"],
        ["Pusher.Cli"] = ["Pusher.Core", "Pusher.Client", "Pusher.Transport"],
        ["Pusher.Bench"] = Everything,
        ["Pusher.Tests"] = [.. Everything, "Pusher.Bench", "Pusher.Local", "Pusher.Cluster", "Pusher.Torture"],
    };

    private static readonly string[] ToolsAllowed = ["Pusher.Core", "Pusher.Client", "Pusher.Transport", "Pusher.Local"];

    public static TheoryData<string> Projects
        => [.. SourceTree.Files("*.csproj").Select(file => Path.GetRelativePath(RepositoryRoot.Path, file))];

    public static TheoryData<string> Assemblies => ["Pusher.Core", "Pusher.Transport", "Pusher.Router", "Pusher.Server", "Pusher.Client"];

    [Theory]
    [MemberData(nameof(Projects))]
    public void ProjectFile_References_AreAllowed(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        var allowed = Allowed.GetValueOrDefault(name) ?? (project.StartsWith("tools", StringComparison.Ordinal) ? ToolsAllowed : null);
        Assert.True(allowed is not null, $"{project} is not in the table of this test.");
        var references = XDocument.Load(RepositoryRoot.File(project)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!));
        Assert.Empty(references.Select(reference => reference == "Pusher.Cli" ? "pusher" : reference).Except(allowed));
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Assembly_References_AreAllowed(string name)
    {
        var references = Assembly.Load(name == "Pusher.Server" ? "pusher-server" : name).GetReferencedAssemblies().Select(reference => reference.Name!);
        Assert.Empty(references.Where(r => r.StartsWith("Pusher", StringComparison.OrdinalIgnoreCase)).Except(Allowed[name]));
    }

    /// <summary>
    /// Core is arithmetic on bytes and times; nothing in it can reach a socket or a foreign package. (System.Threading is there for
    /// Interlocked, System.Diagnostics.DiagnosticSource for meters.)
    /// </summary>
    [Fact]
    public void Core_Assembly_ReferencesTheBareRuntimeOnly()
    {
        string[] bare =
        [
            "System.Runtime", "System.Memory", "System.Collections", "System.Linq", "System.Security.Cryptography", "System.Text.Encoding.Extensions",
            "System.Runtime.InteropServices", "System.Threading", "System.Diagnostics.DiagnosticSource",
        ];
        Assert.Empty(typeof(Pusher.Core.Protocol.FrameReader).Assembly.GetReferencedAssemblies().Select(r => r.Name).Except(bare));
    }

    [Fact]
    public void Core_Project_HasNoPackages()
        => Assert.Empty(XDocument.Load(RepositoryRoot.File("Pusher.Core", "Pusher.Core.csproj")).Descendants("PackageReference"));
}
