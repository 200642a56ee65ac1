using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Pusher.Cli.Load.Publishing;

/// <summary>The server's answer to a publish, as far as the load run needs it. Reads it in place and allocates for a refusal only.</summary>
internal readonly record struct PublishAnswer(PublishOutcome Outcome, string? Problem)
{
    /// <summary>NATS answers that nobody is subscribed.</summary>
    public static PublishAnswer NoNode { get; } = new(PublishOutcome.Refused, "no Pusher node listens on NATS");

    /// <summary>Taken.</summary>
    public static PublishAnswer Taken { get; } = new(PublishOutcome.Accepted, null);

    /// <summary>The answer to a batch is none, or has no result for the entry: nobody can tell.</summary>
    public static PublishAnswer NotUnderstood { get; } = new(PublishOutcome.Unknown, "the answer to a batch was not understood; does something else listen on pusher.pub?");

    private static readonly string[] BatchStatuses = ["ok", "duplicate", "queue_full", "too_large", "unknown_device", "unauthorized", "store_unavailable", "bad_request", "unknown"];

    /// <summary>By the status of a batch's result, and its text.</summary>
    public static PublishAnswer Of(byte status, ReadOnlySpan<byte> error)
    {
        if (status <= 1)
        {
            return Taken;
        }

        var name = status < BatchStatuses.Length ? BatchStatuses[status] : "unknown";
        return new PublishAnswer(name == "unknown" ? PublishOutcome.Unknown : PublishOutcome.Refused, error.IsEmpty ? name : $"{name}: {Encoding.UTF8.GetString(error)}");
    }

    public static PublishAnswer Read(in ReadOnlySequence<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("status"u8))
                {
                    reader.Read();
                    return Of(ref reader, in json);
                }
            }
        }
        catch (JsonException)
        {
            return new PublishAnswer(PublishOutcome.Unknown, "an answer is no JSON; does something else listen on pusher.pub?");
        }

        return new PublishAnswer(PublishOutcome.Unknown, "an answer has no status");
    }

    private static PublishAnswer Of(ref Utf8JsonReader reader, in ReadOnlySequence<byte> json)
    {
        if (reader.ValueTextEquals("ok"u8) || reader.ValueTextEquals("duplicate"u8))
        {
            return new PublishAnswer(PublishOutcome.Accepted, null);
        }

        var isUnknown = reader.ValueTextEquals("unknown"u8);
        var text = Encoding.UTF8.GetString(json.ToArray());
        return new PublishAnswer(isUnknown ? PublishOutcome.Unknown : PublishOutcome.Refused, text);
    }
}
