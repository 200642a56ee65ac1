using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Tests.Core.Protocol;

/// <summary>Writes a frame with the codec from the JSON form of the vectors.</summary>
internal static class FrameFromFields
{
    public static byte[] Write(FrameType type, JsonObject f, FrameFlags flags)
    {
        var output = new ArrayBufferWriter<byte>();
        switch (type)
        {
            case FrameType.Hello:
                FrameWriter.WriteHello(
                    output, flags, UInt16(f, "window"), UInt32(f, "heartbeatMs"), Bytes(f, "clientNonce"), Text(f, "tenant"), Text(f, "device"),
                    Text(f, "store"), Text(f, "clientVersion"), Texts(f, "tags"), Positions(f), Order(f));
                break;
            case FrameType.Challenge:
                FrameWriter.WriteChallenge(output, flags, Bytes(f, "serverNonce"));
                break;
            case FrameType.Proof:
                FrameWriter.WriteProof(output, flags, Bytes(f, "proof"));
                break;
            case FrameType.Welcome:
                FrameWriter.WriteWelcome(output, flags, Welcome(f), Text(f, "node"), Positions(f));
                break;
            case FrameType.Refused:
                FrameWriter.WriteRefused(output, flags, (CloseReason)UInt16(f, "reason"), UInt32(f, "retryAfterMs"), Texts(f, "elsewhere"), Text(f, "text"));
                break;
            case FrameType.GoAway:
                FrameWriter.WriteGoAway(output, flags, (CloseReason)UInt16(f, "reason"), UInt32(f, "retryAfterMs"), Texts(f, "elsewhere"), Text(f, "text"));
                break;
            default:
                WriteSmall(output, type, f, flags);
                break;
        }

        return output.WrittenSpan.ToArray();
    }

    private static void WriteSmall(ArrayBufferWriter<byte> output, FrameType type, JsonObject f, FrameFlags flags)
    {
        switch (type)
        {
            case FrameType.Heartbeat:
                FrameWriter.WriteHeartbeat(output, flags);
                break;
            case FrameType.Settings:
                FrameWriter.WriteSettings(output, flags, UInt32(f, "heartbeatMs"), UInt16(f, "window"));
                break;
            case FrameType.Push:
                FrameWriter.WritePush(output, flags, Push(f), Bytes(f, "body"));
                break;
            case FrameType.Ack:
                FrameWriter.WriteAck(output, flags, UInt32(f, "stream"), UInt64(f, "seq"));
                break;
            case FrameType.Done:
                FrameWriter.WriteDone(output, flags, UInt64(f, "messageId"), (DeliveryResult)UInt16(f, "result"), Text(f, "text"));
                break;
            case FrameType.Skipped:
                FrameWriter.WriteSkipped(output, flags, UInt32(f, "stream"), UInt64(f, "firstSeq"), UInt64(f, "lastSeq"), (SkipReason)UInt16(f, "reason"));
                break;
            case FrameType.Reset:
                FrameWriter.WriteReset(output, flags, UInt32(f, "oldStream"), UInt32(f, "newStream"), UInt32(f, "lost"));
                break;
            case FrameType.Event:
                FrameWriter.WriteEvent(output, flags, UInt64(f, "eventId"), Text(f, "name"), Bytes(f, "body"));
                break;
            case FrameType.EventAck:
                FrameWriter.WriteEventAck(output, flags, UInt64(f, "eventId"), (EventStatus)UInt16(f, "status"));
                break;
            case FrameType.Recall:
                FrameWriter.WriteRecall(output, flags, UInt64(f, "messageId"));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "No writer for this type.");
        }
    }

    /// <summary>Of the extensions a writer can write: the attempt, alone.</summary>
    private static LoginOrder Order(JsonObject f)
    {
        var tlv = Bytes(f, "extensions");
        return tlv.Length == 0
            ? default
            : new LoginOrder(BinaryPrimitives.ReadUInt64BigEndian(tlv.AsSpan(4)), BinaryPrimitives.ReadUInt32BigEndian(tlv.AsSpan(12)));
    }

    private static WelcomeValues Welcome(JsonObject f) => new()
    {
        Epoch = UInt64(f, "epoch"),
        ServerTimeUnixMs = (long)UInt64(f, "serverTimeUnixMs"),
        HeartbeatMs = UInt32(f, "heartbeatMs"),
        PayloadBytesMax = UInt32(f, "payloadBytesMax"),
        Window = UInt16(f, "window"),
        Resumed = (bool)f["resumed"]!,
        Lost = UInt32(f, "lost"),
    };

    private static PushHead Push(JsonObject f) => new()
    {
        MessageId = UInt64(f, "messageId"),
        Stream = UInt32(f, "stream"),
        Seq = UInt64(f, "seq"),
        Flags = (PushFlags)UInt16(f, "flags"),
        Priority = (byte)UInt16(f, "priority"),
        ExpiresAtUnixMs = (long)UInt64(f, "expiresAtUnixMs"),
    };

    private static StreamPosition[] Positions(JsonObject f)
        => [.. f["streams"]!.AsArray().Select(p => new StreamPosition(UInt32(p!.AsObject(), "stream"), UInt64(p.AsObject(), "seq")))];

    private static string[] Texts(JsonObject f, string name) => [.. f[name]!.AsArray().Select(t => (string)t!)];

    private static string Text(JsonObject f, string name) => (string)f[name]!;

    private static byte[] Bytes(JsonObject f, string name) => Convert.FromHexString((string)f[name]!);

    private static ushort UInt16(JsonObject f, string name) => ushort.Parse(f[name]!.ToString(), CultureInfo.InvariantCulture);

    private static uint UInt32(JsonObject f, string name) => uint.Parse(f[name]!.ToString(), CultureInfo.InvariantCulture);

    private static ulong UInt64(JsonObject f, string name) => ulong.Parse(f[name]!.ToString(), CultureInfo.InvariantCulture);
}
