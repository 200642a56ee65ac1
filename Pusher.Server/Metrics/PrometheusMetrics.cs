using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Pusher.Server.Metrics;

/// <summary>What <c>/metrics</c> shows: every meter of Pusher, and the runtime's (memory, collections, thread pool).</summary>
internal static class PrometheusMetrics
{
    public static void Configure(MeterProviderBuilder metrics)
        => metrics.ConfigureResource(resource => resource.AddService("pusher-server", autoGenerateServiceInstanceId: false))
            .AddMeter("Pusher", "Pusher.*", "System.Runtime").AddPrometheusExporter();
}
