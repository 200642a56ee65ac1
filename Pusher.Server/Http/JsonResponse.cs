using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Pusher.Server.Http;

/// <summary>Writes short JSON answers.</summary>
internal static class JsonResponse
{
    private const string RetryAfterSeconds = "1";

    public static async Task WriteAsync(HttpContext context, int status, bool retryLater, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body))
        {
            write(json);
        }

        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = body.WrittenCount;
        response.Headers.CacheControl = "no-store";
        if (retryLater)
        {
            response.Headers.RetryAfter = RetryAfterSeconds;
        }

        if (status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        await response.BodyWriter.WriteAsync(body.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary><c>{"error":"…"}</c></summary>
    public static Task WriteErrorAsync(HttpContext context, int status, string error, bool retryLater = false)
        => WriteAsync(context, status, retryLater, json =>
        {
            json.WriteStartObject();
            json.WriteString("error"u8, error);
            json.WriteEndObject();
        });
}
