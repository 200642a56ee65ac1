using System.Text.Json;
using Pusher.Core.Messages;

namespace Pusher.Router.Dispatch;

/// <summary>
/// What became of a message, as JSON: the answer over HTTP and the body of events.
/// <code>
/// {"message_id":"1234","tenant":"acme","device":"p1","publisher_id":"order-7","stream":7,"seq":42,"state":"done",
///  "accepted_at":"2026-01-02T03:04:05.678Z","expires_at":…,"ended_at":…,"attempts":1,"result":"printed","result_text":"…"}
/// </code>
/// Members that do not apply are left out.
/// </summary>
public static class MessageStatusJson
{
    /// <summary>Writes the object described above.</summary>
    public static void Write(Utf8JsonWriter json, MessageStatus status)
    {
        json.WriteStartObject();
        WriteMembers(json, status);
        json.WriteEndObject();
    }

    internal static void WriteMembers(Utf8JsonWriter json, MessageStatus status)
    {
        MessageIdJson.Write(json, status.MessageId);
        json.WriteString("tenant"u8, status.Device.Tenant);
        json.WriteString("device"u8, status.Device.Device);
        WriteOptional(json, "publisher_id", status.PublisherId);
        json.WriteNumber("stream"u8, status.Stream);
        json.WriteNumber("seq"u8, status.Seq);
        json.WriteString("state"u8, WireNames.Of(status.State));
        WriteTime(json, "accepted_at", status.AcceptedAtUnixMs);
        WriteTime(json, "expires_at", status.ExpiresAtUnixMs);
        WriteTime(json, "ended_at", status.EndedAtUnixMs);
        json.WriteNumber("attempts"u8, status.Attempts);
        if (status.Result is { } result)
        {
            json.WriteString("result"u8, WireNames.Of(result));
        }

        WriteOptional(json, "result_text", status.ResultText);
    }

    internal static void WriteTime(Utf8JsonWriter json, string name, long unixMs)
    {
        if (unixMs > 0)
        {
            json.WriteString(name, DateTimeOffset.FromUnixTimeMilliseconds(unixMs).UtcDateTime);
        }
    }

    internal static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
