using System.Buffers;
using System.Buffers.Binary;

namespace Pusher.Cli.Load.Protocols.Mqtt;

/// <summary>
/// Takes packets of MQTT 3.1.1 apart:
/// <code>
/// packet  = u4 type | u4 flags | length, 7 bits a byte, the lowest first, at most 4 bytes | body
/// PUBLISH body = u16 n | n bytes topic | u16 packet id, unless QoS 0 | payload
/// </code>
/// </summary>
internal static class MqttReader
{
    private const int LengthBytesMax = 4;

    /// <summary>Takes one packet; <paramref name="bytes"/> moves behind it when it is whole.</summary>
    public static MqttReadStatus TryRead(ref ReadOnlySequence<byte> bytes, out MqttPacketType type, out int flags, out ReadOnlySequence<byte> body)
    {
        (type, flags, body) = (default, 0, default);
        Span<byte> head = stackalloc byte[1 + LengthBytesMax];
        head = head[..Copy(in bytes, head)];
        var length = 0;
        for (var i = 1; i < head.Length; i++)
        {
            length |= (head[i] & 0x7F) << (7 * (i - 1));
            if (head[i] < 0x80)
            {
                return Take(ref bytes, head[0], i + 1, length, out type, out flags, out body);
            }
        }

        return head.Length == 1 + LengthBytesMax ? MqttReadStatus.Invalid : MqttReadStatus.Partial;
    }

    /// <summary>The parts of a PUBLISH; the packet id is 0 with QoS 0. False when the body is none.</summary>
    public static bool TryReadPublish(int flags, in ReadOnlySequence<byte> body, out int qos, out ushort packetId, out ReadOnlySequence<byte> payload)
    {
        (qos, packetId, payload) = ((flags >> 1) & 3, 0, default);
        if (!TryReadNumber(in body, 0, out var topicBytes))
        {
            return false;
        }

        var at = 2 + topicBytes;
        if (qos > 0)
        {
            if (!TryReadNumber(in body, at, out packetId))
            {
                return false;
            }

            at += 2;
        }

        if (qos > 1 || at > body.Length)
        {
            return false;
        }

        payload = body.Slice(at);
        return true;
    }

    /// <summary>A big-endian number of 16 bits; false when the body is too short.</summary>
    public static bool TryReadNumber(in ReadOnlySequence<byte> body, int at, out ushort number)
    {
        var first = body.FirstSpan;
        if (first.Length >= at + 2)
        {
            number = BinaryPrimitives.ReadUInt16BigEndian(first[at..]);
            return true;
        }

        Span<byte> bytes = stackalloc byte[2];
        number = 0;
        if (body.Length < at + 2)
        {
            return false;
        }

        body.Slice(at, 2).CopyTo(bytes);
        number = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return true;
    }

    private static int Copy(in ReadOnlySequence<byte> bytes, Span<byte> head)
    {
        var first = bytes.FirstSpan;
        if (first.Length >= head.Length || bytes.IsSingleSegment)
        {
            first = first[..Math.Min(first.Length, head.Length)];
            first.CopyTo(head);
            return first.Length;
        }

        var start = bytes.Slice(0, Math.Min(bytes.Length, head.Length));
        start.CopyTo(head);
        return (int)start.Length;
    }

    private static MqttReadStatus Take(
        ref ReadOnlySequence<byte> bytes, byte first, int headBytes, int length, out MqttPacketType type, out int flags, out ReadOnlySequence<byte> body)
    {
        type = (MqttPacketType)(first >> 4);
        flags = first & 0x0F;
        body = default;
        if (bytes.Length < headBytes + (long)length)
        {
            return MqttReadStatus.Partial;
        }

        body = bytes.Slice(headBytes, length);
        bytes = bytes.Slice(headBytes + length);
        return MqttReadStatus.Packet;
    }
}
