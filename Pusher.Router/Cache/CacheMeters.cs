using System.Diagnostics.Metrics;
using Pusher.Core.Metrics;

namespace Pusher.Router.Cache;

/// <summary>The figures of caches: <c>pusher.NAME.hits</c> and the like, NAME being <see cref="CacheOptions.Name"/>.</summary>
public static class CacheMeters
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

    /// <summary>Shows a cache's counts on <paramref name="meter"/>.</summary>
    public static void Observe<TKey, TValue>(this TwoLevelCache<TKey, TValue> cache, PusherMeter meter)
        where TKey : notnull
        where TValue : struct
    {
        var name = $"pusher.{cache.Name}.";
        meter.Observe(name + "hits", () => cache.Hits, "{lookup}", "Look-ups that level 1 answered with a value.");
        meter.Observe(name + "absent_hits", () => cache.AbsentHits, "{lookup}", "Look-ups that level 1 answered with 'there is none'.");
        meter.Observe(name + "loads", () => cache.Loads, "{lookup}", "Look-ups in level 2.");
        meter.Observe(name + "reloads", () => cache.Reloads, "{lookup}", "Those of the look-ups in level 2 whose key level 1 had, and did not believe any more; the others are first ones.");
        meter.Observe(name + "load_failures", () => cache.LoadFailures, "{lookup}", "Look-ups in level 2 that failed.");
        meter.Observe(name + "invalidations", () => cache.Invalidations, "{key}", "Keys that were told to have changed.");
        meter.ObserveLevel(name + "cached", () => cache.Count, "{value}", "Values in level 1.");
    }
}
