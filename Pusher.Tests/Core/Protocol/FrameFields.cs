using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Tests.Core.Protocol;

/// <summary>Reads a payload with the codec into the JSON form of the vectors; null when the codec refuses it.</summary>
internal static class FrameFields
{
    public static JsonObject? Read(FrameType type, ReadOnlySequence<byte> payload)
    {
        switch (type)
        {
            case FrameType.Push:
                return PushHead.TryRead(payload, out var head, out var body) ? Push(head, body) : null;
            case FrameType.Event:
                return EventFrame.TryRead(payload, new byte[ProtocolLimits.EventHeadBytesMax], out var frame, out var eventBody)
                    ? new JsonObject { ["eventId"] = Text(frame.EventId), ["name"] = Text(frame.Name), ["body"] = Hex(eventBody.ToArray()) }
                    : null;
            case FrameType.Hello:
                return Hello(Linearize(payload));
            case FrameType.Welcome:
                return Welcome(Linearize(payload));
            case FrameType.Refused or FrameType.GoAway:
                return Farewell(Linearize(payload));
            default:
                return Small(type, Linearize(payload));
        }
    }

    private static JsonObject? Small(FrameType type, ReadOnlySpan<byte> payload) => type switch
    {
        FrameType.Challenge => ChallengeFrame.TryRead(payload, out var f)
            ? new JsonObject { ["serverNonce"] = Hex(f.ServerNonce), ["extensions"] = Hex(f.Extensions) } : null,
        FrameType.Proof => ProofFrame.TryRead(payload, out var f)
            ? new JsonObject { ["proof"] = Hex(f.Proof), ["extensions"] = Hex(f.Extensions) } : null,
        FrameType.Settings => SettingsFrame.TryRead(payload, out var f)
            ? new JsonObject { ["heartbeatMs"] = f.HeartbeatMs, ["window"] = f.Window } : null,
        FrameType.Ack => AckFrame.TryRead(payload, out var f)
            ? new JsonObject { ["stream"] = f.Stream, ["seq"] = Text(f.Seq) } : null,
        FrameType.Done => DoneFrame.TryRead(payload, out var f)
            ? new JsonObject { ["messageId"] = Text(f.MessageId), ["result"] = (int)f.Result, ["text"] = Text(f.Text) } : null,
        FrameType.Skipped => SkippedFrame.TryRead(payload, out var f)
            ? new JsonObject { ["stream"] = f.Stream, ["firstSeq"] = Text(f.FirstSeq), ["lastSeq"] = Text(f.LastSeq), ["reason"] = (int)f.Reason } : null,
        FrameType.Reset => ResetFrame.TryRead(payload, out var f)
            ? new JsonObject { ["oldStream"] = f.OldStream, ["newStream"] = f.NewStream, ["lost"] = f.Lost } : null,
        FrameType.EventAck => EventAckFrame.TryRead(payload, out var f)
            ? new JsonObject { ["eventId"] = Text(f.EventId), ["status"] = (int)f.Status } : null,
        FrameType.Recall => RecallFrame.TryRead(payload, out var f)
            ? new JsonObject { ["messageId"] = Text(f.MessageId) } : null,
        _ => [],
    };

    private static JsonObject? Hello(ReadOnlySpan<byte> payload)
    {
        if (!HelloFrame.TryRead(payload, out var f))
        {
            return null;
        }

        var tags = new JsonArray();
        for (var i = 0; i < f.TagCount; i++)
        {
            tags.Add(Text(f.GetTag(i)));
        }

        var streams = new JsonArray();
        for (var i = 0; i < f.StreamCount; i++)
        {
            streams.Add(Position(f.GetStream(i)));
        }

        return new JsonObject
        {
            ["window"] = f.Window,
            ["heartbeatMs"] = f.HeartbeatMs,
            ["clientNonce"] = Hex(f.ClientNonce),
            ["tenant"] = Text(f.Tenant),
            ["device"] = Text(f.Device),
            ["store"] = Text(f.Store),
            ["clientVersion"] = Text(f.ClientVersion),
            ["tags"] = tags,
            ["streams"] = streams,
            ["extensions"] = Hex(f.Extensions),
        };
    }

    private static JsonObject? Welcome(ReadOnlySpan<byte> payload)
    {
        if (!WelcomeFrame.TryRead(payload, out var f))
        {
            return null;
        }

        var streams = new JsonArray();
        for (var i = 0; i < f.StreamCount; i++)
        {
            streams.Add(Position(f.GetStream(i)));
        }

        return new JsonObject
        {
            ["epoch"] = Text(f.Epoch),
            ["serverTimeUnixMs"] = Text((ulong)f.ServerTimeUnixMs),
            ["heartbeatMs"] = f.HeartbeatMs,
            ["payloadBytesMax"] = f.PayloadBytesMax,
            ["window"] = f.Window,
            ["resumed"] = f.Resumed,
            ["lost"] = f.Lost,
            ["node"] = Text(f.Node),
            ["streams"] = streams,
            ["extensions"] = Hex(f.Extensions),
        };
    }

    private static JsonObject? Farewell(ReadOnlySpan<byte> payload)
    {
        if (!FarewellFrame.TryRead(payload, out var f))
        {
            return null;
        }

        var elsewhere = new JsonArray();
        for (var i = 0; i < f.ElsewhereCount; i++)
        {
            elsewhere.Add(Text(f.GetElsewhere(i)));
        }

        return new JsonObject { ["reason"] = (int)f.Reason, ["retryAfterMs"] = f.RetryAfterMs, ["elsewhere"] = elsewhere, ["text"] = Text(f.Text) };
    }

    private static JsonObject Push(PushHead head, ReadOnlySequence<byte> body) => new()
    {
        ["messageId"] = Text(head.MessageId),
        ["stream"] = head.Stream,
        ["seq"] = Text(head.Seq),
        ["flags"] = (int)head.Flags,
        ["priority"] = head.Priority,
        ["expiresAtUnixMs"] = Text((ulong)head.ExpiresAtUnixMs),
        ["body"] = Hex(body.ToArray()),
    };

    private static ReadOnlySpan<byte> Linearize(ReadOnlySequence<byte> payload)
        => FramePayload.Linearize(payload, new byte[ProtocolLimits.PayloadBytesMaxDefault]);

    private static JsonObject Position(StreamPosition position) => new() { ["stream"] = position.Stream, ["seq"] = Text(position.Seq) };

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
