using System.Text.Json;

namespace Pusher.Router.Dispatch;

/// <summary>
/// What a publisher is told. As JSON, one object:
/// <code>
/// {"status":"ok","message_id":"1234","stream":7,"seq":42,"duplicate":false,"queue_depth":1,"online":true,"last_seen":"2026-01-02T03:04:05.678Z","retry":false}
/// {"status":"ok","message_id":"1235","reached":118,"retry":false}
/// {"status":"queue_full","queue_depth":1000,"online":false,"retry":true,"error":"…"}
/// </code>
/// <c>message_id</c> is a string, for it does not fit into the 53 bits of a JavaScript number. <c>message_id</c>, <c>stream</c>, <c>seq</c> stand
/// with <c>ok</c> and <c>duplicate</c> only, and of a QoS 0 message only the id, with <c>reached</c> when it is known; <c>queue_depth</c>, <c>online</c> and <c>last_seen</c> when they are known; <c>error</c> with every other status.
/// </summary>
public readonly record struct PublishReply
{
    public required PublishStatus Status { get; init; }

    /// <summary>0 when nothing was stored.</summary>
    public ulong MessageId { get; init; }

    public uint Stream { get; init; }

    public ulong Seq { get; init; }

    /// <summary>Messages of the device that are not acknowledged; -1 when not known.</summary>
    public int QueueDepth { get; init; }

    /// <summary>Null when it was not looked up: the publish was refused before the store.</summary>
    public bool? Online { get; init; }

    /// <summary>QoS 0: there is no stream and no seq.</summary>
    public bool IsUnstored { get; init; }

    /// <summary>QoS 0: devices that it was handed to; null when that is not known without a look-up, and with QoS 1.</summary>
    public int? Reached { get; init; }

    /// <summary>0 when not known.</summary>
    public long LastSeenUnixMs { get; init; }

    /// <summary>A sentence for a person; null when all went well.</summary>
    public string? Error { get; init; }

    /// <summary>Writes the object described above.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("status"u8, Status.Name());
        if (MessageId != 0)
        {
            MessageIdJson.Write(json, MessageId);
        }

        if (Reached is { } reached)
        {
            json.WriteNumber("reached"u8, reached);
        }
        else if (MessageId != 0 && !IsUnstored)
        {
            json.WriteNumber("stream"u8, Stream);
            json.WriteNumber("seq"u8, Seq);
            json.WriteBoolean("duplicate"u8, Status == PublishStatus.Duplicate);
        }

        if (QueueDepth >= 0)
        {
            json.WriteNumber("queue_depth"u8, QueueDepth);
        }

        if (Online is { } online)
        {
            json.WriteBoolean("online"u8, online);
        }

        if (LastSeenUnixMs > 0)
        {
            json.WriteString("last_seen"u8, DateTimeOffset.FromUnixTimeMilliseconds(LastSeenUnixMs).UtcDateTime);
        }

        json.WriteBoolean("retry"u8, Status.MayRetry());
        if (Error is not null)
        {
            json.WriteString("error"u8, Error);
        }

        json.WriteEndObject();
    }
}
