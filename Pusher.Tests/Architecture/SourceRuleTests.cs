using System.Text.RegularExpressions;
using System.Xml.Linq;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Architecture;

/// <summary>What may be written where.</summary>
public sealed partial class SourceRuleTests
{
    private static readonly string Interop = RepositoryRoot.File("Pusher.Transport", "Interop") + Path.DirectorySeparatorChar;

    // The baseline of the measurements: what it would share with the product, it could not be compared with.
    private static readonly string Floor = RepositoryRoot.File("Pusher.Bench", "Servers", "Floor", "FloorNative.cs");

    public static TheoryData<string> Products => ["Pusher.Core", "Pusher.Transport", "Pusher.Router", "Pusher.Server", "Pusher.Client", "Pusher.Bench", "tools"];

    [Theory]
    [MemberData(nameof(Products))]
    public void Source_UnsafeAndNativeCalls_AreInTransportInteropOnly(string folder)
        => Assert.DoesNotContain(Offending(folder, Native()), file => file != Floor && !file.StartsWith(Interop, StringComparison.Ordinal));

    [Fact]
    public void Core_Source_KnowsNoSocketFileThreadOrClock()
    {
        Assert.NotEmpty(SourceTree.Files("*.cs", "Pusher.Core"));
        Assert.Empty(Offending("Pusher.Core", Outside()));
    }

    [Theory]
    [InlineData("using System.Net.Sockets;", true)]
    [InlineData("File.ReadAllBytes(path)", true)]
    [InlineData("new Thread(Run)", true)]
    [InlineData("lock (_gate)", true)]
    [InlineData("var now = DateTimeOffset.UtcNow;", true)]
    [InlineData("/// <remarks>Thread safe; see File.Open.</remarks>", false)]
    [InlineData("var block = (1);", false)]
    public void OutsidePattern_Line_MatchesOrNot(string line, bool expected)
        => Assert.Equal(expected, Outside().IsMatch(SourceTree.Code([line])));

    [Fact]
    public void ProjectFiles_UnsafeBlocks_AreAllowedInTransportAndBenchOnly()
    {
        var projects = SourceTree.Files("*.csproj")
            .Where(file => XDocument.Load(file).Descendants("AllowUnsafeBlocks").Any(e => e.Value == "true"))
            .Select(file => Path.GetRelativePath(RepositoryRoot.Path, file));
        string[] allowed = [Path.Combine("Pusher.Transport", "Pusher.Transport.csproj"), Path.Combine("Pusher.Bench", "Pusher.Bench.csproj")];
        Assert.All(projects, project => Assert.Contains(project, allowed));
    }

    [Theory]
    [InlineData("private static unsafe void F()", true)]
    [InlineData("    [LibraryImport(\"libc\")]", true)]
    [InlineData("[DllImport(\"libc\")]", true)]
    [InlineData("// unsafe is not allowed here", false)]
    [InlineData("Unsafe.As<T>(x)", true)]
    [InlineData("var unsafely = 1;", false)]
    public void NativePattern_Line_MatchesOrNot(string line, bool expected)
        => Assert.Equal(expected, Native().IsMatch(SourceTree.Code([line])));

    private static IEnumerable<string> Offending(string folder, Regex pattern)
        => SourceTree.Files("*.cs", folder).Where(file => pattern.IsMatch(SourceTree.Code(File.ReadLines(file))));

    [GeneratedRegex(@"\bunsafe\b|\bLibraryImport\b|\bDllImport\b|\bUnsafe\.|\bMarshal\.(Read|Write|Alloc|Copy)|\bNativeMemory\b")]
    private static partial Regex Native();

    [GeneratedRegex(
        @"System\.Net|System\.IO\b|\bSocket\b|\bFile\.|\bFileStream\b|\bDirectory\.|\bThread\b|\bTask\b|\basync\b|\bTimer\b|\block\s*\(|"
        + @"\bMonitor\.|\bSemaphore|\bStopwatch\b|DateTime(Offset)?\.(Utc)?Now|Environment\.TickCount")]
    private static partial Regex Outside();
}
