using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Pusher.Client.Publishing;

/// <summary>Reads the server's JSON answer to a publish. Members that are not known are left alone.</summary>
internal static class PublishReply
{
    private static readonly Dictionary<string, PublishStatus> Statuses = new(StringComparer.Ordinal)
    {
        ["ok"] = PublishStatus.Ok,
        ["duplicate"] = PublishStatus.Duplicate,
        ["queue_full"] = PublishStatus.QueueFull,
        ["too_large"] = PublishStatus.TooLarge,
        ["unknown_device"] = PublishStatus.UnknownDevice,
        ["unauthorized"] = PublishStatus.Unauthorized,
        ["store_unavailable"] = PublishStatus.StoreUnavailable,
        ["bad_request"] = PublishStatus.BadRequest,
        ["unknown"] = PublishStatus.Unknown,
    };

    /// <summary>The result; null when the bytes are no such answer. A status that this version does not know is unknown: only the id can tell.</summary>
    public static PublishResult? TryRead(PublishRequest request, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            return Read(ref reader, request);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static PublishResult? Read(ref Utf8JsonReader reader, PublishRequest request)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        string? status = null;
        var result = new PublishResult { Status = PublishStatus.Unknown, PublisherId = request.PublisherId };
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "status":
                    status = reader.GetString();
                    break;
                case "message_id":
                    result = result with { MessageId = ReadMessageId(ref reader) };
                    break;
                case "stream":
                    result = result with { Stream = reader.GetUInt32() };
                    break;
                case "seq":
                    result = result with { Seq = reader.GetUInt64() };
                    break;
                case "queue_depth":
                    result = result with { QueueDepth = reader.TokenType == JsonTokenType.Null ? -1 : reader.GetInt32() };
                    break;
                case "reached":
                    result = result with { Reached = reader.GetInt32() };
                    break;
                case "online":
                    result = result with { Online = reader.GetBoolean() };
                    break;
                case "retry":
                    result = result with { Retry = reader.GetBoolean() };
                    break;
                case "error":
                    result = result with { Error = reader.GetString() };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return status is null ? null : result with { Status = Statuses.GetValueOrDefault(status, PublishStatus.Unknown) };
    }

    private static ulong ReadMessageId(ref Utf8JsonReader reader)
        => ulong.Parse(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
}
