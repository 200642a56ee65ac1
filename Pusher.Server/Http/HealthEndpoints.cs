using Microsoft.AspNetCore.Http;

namespace Pusher.Server.Http;

/// <summary><c>/healthz</c>: the process answers. <c>/readyz</c>: it can do its work, see <see cref="Readiness"/>; 503 with the reason when not.</summary>
internal sealed class HealthEndpoints(IReadiness readiness)
{
    public static Task AliveAsync(HttpContext context)
        => JsonResponse.WriteAsync(context, StatusCodes.Status200OK, false, json =>
        {
            json.WriteStartObject();
            json.WriteString("status"u8, "ok");
            json.WriteEndObject();
        });

    public Task ReadyAsync(HttpContext context)
    {
        var report = readiness.Current;
        var status = report.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return JsonResponse.WriteAsync(context, status, false, json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("ready"u8, report.IsReady);
            json.WriteString("reason"u8, report.Reason);
            if (report.CheckedAtUnixMs > 0)
            {
                json.WriteString("checked_at"u8, DateTimeOffset.FromUnixTimeMilliseconds(report.CheckedAtUnixMs).UtcDateTime);
            }

            json.WriteNumber("duration_ms"u8, Math.Round(report.DurationMs, 3));
            json.WriteEndObject();
        });
    }
}
