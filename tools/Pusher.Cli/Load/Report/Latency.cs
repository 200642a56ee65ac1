using HdrHistogram;

namespace Pusher.Cli.Load.Report;

/// <summary>Histograms of latencies: in nanoseconds from 100 ns to 10 minutes, three digits.</summary>
internal static class Latency
{
    private const long HighestNanoseconds = 600_000_000_000;
    private const int NanosecondsPerTick = 100;

    public static LongHistogram NewHistogram() => new(HighestNanoseconds, 3);

    /// <summary>Records one time; what is out of the range counts as the end of it.</summary>
    public static void Record(LongHistogram histogram, TimeSpan time)
        => histogram.RecordValue(Math.Clamp(time.Ticks * NanosecondsPerTick, NanosecondsPerTick, HighestNanoseconds));
}
