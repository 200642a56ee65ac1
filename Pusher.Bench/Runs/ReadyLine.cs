namespace Pusher.Bench.Runs;

/// <summary>The line <c>ready name=value …</c> with which our servers say that they are up.</summary>
internal static class ReadyLine
{
    public static IReadOnlyDictionary<string, string> Parse(string line)
        => line.Split(' ').Skip(1).Select(word => word.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
}
