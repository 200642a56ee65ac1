using System.Diagnostics.Metrics;

namespace Pusher.Router.Cache;

/// <summary>How long level 2 takes; the counts are kept by each cache and shown by its owner.</summary>
internal static class CacheMeters
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Pusher.Cache";

    private static readonly Meter Meter = new(MeterName);

    /// <summary>Time of one look-up in level 2, by <c>cache</c>.</summary>
    public static readonly Histogram<double> LoadDuration = Meter.CreateHistogram(
        "pusher.cache.load_duration",
        "s",
        "Time of one look-up in level 2.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2] });
}
