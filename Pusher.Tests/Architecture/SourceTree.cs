using Pusher.Tests.Support;

namespace Pusher.Tests.Architecture;

/// <summary>The sources of the repository, without what builds leave behind.</summary>
internal static class SourceTree
{
    private static readonly string[] Skipped = ["bin", "obj", ".git", "artifacts"];

    public static IEnumerable<string> Files(string pattern, string folder = "")
        => Directory.EnumerateFiles(RepositoryRoot.File(folder), pattern, SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(RepositoryRoot.Path, file).Split(Path.DirectorySeparatorChar).Intersect(Skipped).Any());

    /// <summary>The lines of a source without their comments, so that a word in a comment is no use of it.</summary>
    public static string Code(IEnumerable<string> lines)
        => string.Join('\n', lines.Select(line => line.TrimStart().StartsWith("//", StringComparison.Ordinal) ? string.Empty : Bare(line)));

    private static string Bare(string line)
    {
        var comment = line.IndexOf(" //", StringComparison.Ordinal);
        return comment < 0 ? line : line[..comment];
    }
}
