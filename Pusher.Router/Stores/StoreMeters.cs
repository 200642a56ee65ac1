using System.Diagnostics.Metrics;

namespace Pusher.Router.Stores;

/// <summary>What a message store counts. Names and units follow OpenTelemetry; one meter for the process.</summary>
/// <remarks>Threading: any thread.</remarks>
public static class StoreMeters
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Pusher.Store";

    private static readonly Meter Meter = new(MeterName);

    /// <summary>Appends by <c>status</c>: stored, duplicate, queue_full, unavailable, unknown.</summary>
    internal static readonly Counter<long> Appends = Meter.CreateCounter<long>("pusher.store.appends", "{message}");

    /// <summary>Acknowledgements that changed nothing: of an old stream, of the past, beyond the last seq.</summary>
    internal static readonly Counter<long> AcksIgnored = Meter.CreateCounter<long>("pusher.store.acks_ignored", "{ack}");

    /// <summary>Acknowledgements, results and counts of attempts that found the queue full or the disk failing. Each costs a redelivery at most.</summary>
    internal static readonly Counter<long> Dropped = Meter.CreateCounter<long>("pusher.store.requests_dropped", "{request}");

    /// <summary>Streams that were replaced because data was lost.</summary>
    internal static readonly Counter<long> StreamResets = Meter.CreateCounter<long>("pusher.store.stream_resets", "{stream}");

    /// <summary>Times that the store was found to have lost data.</summary>
    internal static readonly Counter<long> DataLosses = Meter.CreateCounter<long>("pusher.store.data_losses", "{loss}");

    /// <summary>Messages that ended as expired.</summary>
    internal static readonly Counter<long> Expired = Meter.CreateCounter<long>("pusher.store.expired", "{message}");

    /// <summary>Transactions that failed.</summary>
    internal static readonly Counter<long> Failures = Meter.CreateCounter<long>("pusher.store.commit_failures", "{transaction}");

    /// <summary>Requests in one transaction.</summary>
    internal static readonly Histogram<int> BatchRequests = Meter.CreateHistogram(
        "pusher.store.batch_requests", "{request}", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096] });

    /// <summary>Time of one transaction, the flush included.</summary>
    internal static readonly Histogram<double> BatchDuration = Meter.CreateHistogram(
        "pusher.store.batch_duration", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5] });

    /// <summary>The label of each status, made once.</summary>
    internal static readonly KeyValuePair<string, object?>[] StatusLabels =
    [
        new("status", "none"), new("status", "stored"), new("status", "duplicate"), new("status", "queue_full"), new("status", "unavailable"), new("status", "unknown"),
    ];
}
