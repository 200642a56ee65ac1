using System.Globalization;

namespace Pusher.Tests.Simulation;

/// <summary>The command line of the simulator.</summary>
public sealed record SimulateOptions
{
    public const string Usage = """
        usage: tools/simulate --seeds N [--seed S] [--break retry|fence|dedupe|resume] [--verbose] [--json]

        Runs N simulations: the real device sessions and the real client sessions against a model store, with a simulated
        network, crashes, clocks and devices, everything drawn from one seed. Seeds count up from S (default 1).
          --seeds N     how many seeds, from 1 (default 1 when --seed is given)
          --seed S      the first seed
          --break PART  switches a part off, to see that the checker finds it: retry, fence, dedupe or resume
          --verbose     prints the trace and the verdict of every seed (meant for one)
          --json        one line of JSON per failing seed, and one for the sum
        Prints the first failing seed with its trace, ends with 'simulate: seeds=N failures=K'.
        Exit: 0 no failures, 1 failures, 2 wrong usage.
        """;

    public int Seeds { get; private init; } = 1;

    public ulong First { get; private init; } = 1;

    public SimBreakage Breakage { get; private init; }

    public string? BreakageName { get; private init; }

    public bool Verbose { get; private init; }

    public bool Json { get; private init; }

    /// <summary>Null with <paramref name="error"/> set when the arguments are wrong.</summary>
    public static SimulateOptions? Parse(ReadOnlySpan<string> args, out string error)
    {
        var options = new SimulateOptions();
        var hasSeed = false;
        error = args.IsEmpty ? "--seeds N or --seed S is needed" : string.Empty;
        for (var i = 0; i < args.Length && error.Length == 0; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : string.Empty;
            switch (args[i])
            {
                case "--seeds" when int.TryParse(value, CultureInfo.InvariantCulture, out var seeds) && seeds > 0:
                    (options, hasSeed, i) = (options with { Seeds = seeds }, true, i + 1);
                    break;
                case "--seed" when ulong.TryParse(value, CultureInfo.InvariantCulture, out var first):
                    (options, hasSeed, i) = (options with { First = first }, true, i + 1);
                    break;
                case "--break" when SimBreakage.TryParse(value, out var breakage):
                    (options, i) = (options with { Breakage = breakage, BreakageName = value }, i + 1);
                    break;
                case "--verbose":
                    options = options with { Verbose = true };
                    break;
                case "--json":
                    options = options with { Json = true };
                    break;
                case "--seeds" or "--seed" or "--break":
                    error = $"'{value}' is no value for {args[i]}";
                    break;
                default:
                    error = $"unknown option '{args[i]}'";
                    break;
            }
        }

        error = error.Length == 0 && !hasSeed ? "--seeds N or --seed S is needed" : error;
        return error.Length == 0 ? options : null;
    }
}
