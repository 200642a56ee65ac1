namespace Pusher.Bench.Suites;

/// <summary>What the suites were asked for.</summary>
/// <param name="Patterns">Names of benchmarks, with <c>*</c>; at least one.</param>
/// <param name="IsShort">Few iterations: for seeing that it works.</param>
/// <param name="Artifacts">Where reports go.</param>
internal sealed record SuitesArguments(IReadOnlyList<string> Patterns, bool IsShort, string Artifacts)
{
    /// <summary>False, and said on standard error, when an argument is not known.</summary>
    public static bool TryParse(ReadOnlySpan<string> arguments, out SuitesArguments parsed)
    {
        var patterns = new List<string>();
        var isShort = false;
        var artifacts = Path.Combine(Path.GetTempPath(), "pusher-suites");
        while (!arguments.IsEmpty)
        {
            switch (arguments)
            {
                case ["--short", ..]:
                    isShort = true;
                    arguments = arguments[1..];
                    break;
                case ["--filter", var pattern, ..]:
                    patterns.Add(pattern);
                    arguments = arguments[2..];
                    break;
                case ["--artifacts", var directory, ..]:
                    artifacts = directory;
                    arguments = arguments[2..];
                    break;
                default:
                    Console.Error.WriteLine($"suites: unknown or incomplete option '{arguments[0]}'");
                    parsed = new SuitesArguments([], false, "");
                    return false;
            }
        }

        parsed = new SuitesArguments(patterns.Count == 0 ? ["*"] : patterns, isShort, artifacts);
        return true;
    }
}
