using Pusher.Bench.Runs;

namespace Pusher.Bench.Reports;

/// <summary>
/// A part of a page that a tool writes, between two lines:
/// <code>
/// &lt;!-- begin NAME: written by tools/bench report --&gt;
/// &lt;!-- end NAME --&gt;
/// </code>
/// </summary>
internal static class MarkedSection
{
    /// <summary>The page with another text between the marks, which stay.</summary>
    /// <exception cref="BenchException">The page has not both marks, in order.</exception>
    public static string Replace(string page, string name, string text)
    {
        var begin = page.IndexOf($"<!-- begin {name}:", StringComparison.Ordinal);
        var start = begin < 0 ? -1 : page.IndexOf('\n', begin) + 1;
        var end = begin < 0 ? -1 : page.IndexOf($"<!-- end {name} -->", begin, StringComparison.Ordinal);
        return end < 0
            ? throw new BenchException($"the page has no section '<!-- begin {name}: … -->' to '<!-- end {name} -->'")
            : $"{page[..start]}\n{text.Trim()}\n\n{page[end..]}";
    }
}
