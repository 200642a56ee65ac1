namespace Pusher.Router.Faults;

/// <summary>The process's <see cref="Breakage"/>, from the environment.</summary>
public static class BreakageSwitch
{
    /// <summary>The environment variable.</summary>
    public const string Variable = "PUSHER_BREAK";

    /// <summary>What is broken in this process.</summary>
    public static readonly Breakage Active = Parse(Environment.GetEnvironmentVariable(Variable));

    /// <summary>True when <paramref name="breakage"/> is switched on in this process.</summary>
    public static bool Has(Breakage breakage) => (Active & breakage) != 0;

    /// <summary>Parses a comma list of lower-case names.</summary>
    /// <exception cref="FormatException">A name is not known: a control that breaks nothing must not run.</exception>
    internal static Breakage Parse(string? list)
    {
        var all = Breakage.None;
        foreach (var name in (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            all |= name switch
            {
                "store" => Breakage.Store,
                "dedupe" => Breakage.Dedupe,
                "fsync" => Breakage.Fsync,
                "fence" => Breakage.Fence,
                "retry" => Breakage.Retry,
                "resume" => Breakage.Resume,
                "sweep" => Breakage.Sweep,
                _ => throw new FormatException($"{Variable}={list}: '{name}' is none of store, dedupe, fsync, fence, retry, resume, sweep."),
            };
        }

        return all;
    }
}
