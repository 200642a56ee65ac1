using System.Diagnostics;
using System.Globalization;

namespace Pusher.ClusterBench;

/// <summary>How long the run has taken, and whether there is time for more than must be.</summary>
internal sealed class BenchClock
{
    // With 25 minutes for all: what is begun here still ends.
    private static readonly TimeSpan Enough = TimeSpan.FromMinutes(22);
    private static readonly TimeSpan EnoughRounds = TimeSpan.FromMinutes(14);
    private readonly long _from = Stopwatch.GetTimestamp();

    /// <summary>True while one kill more can be measured.</summary>
    public bool HasTime => Stopwatch.GetElapsedTime(_from) < Enough;

    /// <summary>True while one round more leaves time for the parts behind it.</summary>
    public bool HasTimeForRounds => Stopwatch.GetElapsedTime(_from) < EnoughRounds;

    /// <summary>A line of progress, with the time since the start.</summary>
    public void Say(string text) => Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{Stopwatch.GetElapsedTime(_from):mm\\:ss}] {text}"));
}
