using OpenTelemetry.Metrics;

namespace Pusher.Server.Metrics;

/// <summary>What <c>/metrics</c> shows: every meter of Pusher, and the runtime's (memory, collections, thread pool).</summary>
internal static class PrometheusMetrics
{
    public static void Configure(MeterProviderBuilder metrics)
        => metrics.AddMeter("Pusher", "Pusher.*", "System.Runtime").AddPrometheusExporter();
}
