using System.Buffers;
using System.Buffers.Binary;

namespace Pusher.Cli.Load.Protocols.Mqtt;

/// <summary>Writes packets of MQTT 3.1.1.</summary>
internal static class MqttWriter
{
    private const int CleanSession = 0x02;
    private const int ProtocolLevel = 4;
    private const int SubscribeFlags = 0x02;

    /// <summary>CONNECT without a user: a clean session.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="clientId">Different for each client.</param>
    /// <param name="keepAliveSeconds">The server gives a client up that says nothing for one and a half of it; 0 = never.</param>
    public static void WriteConnect(IBufferWriter<byte> output, ReadOnlySpan<byte> clientId, ushort keepAliveSeconds)
    {
        var length = 10 + 2 + clientId.Length;
        var (packet, at) = Begin(output, MqttPacketType.Connect, 0, length);
        at += WriteString(packet, at, "MQTT"u8);
        packet.Span[at++] = ProtocolLevel;
        packet.Span[at++] = CleanSession;
        BinaryPrimitives.WriteUInt16BigEndian(packet.Span[at..], keepAliveSeconds);
        at += 2;
        at += WriteString(packet, at, clientId);
        output.Advance(at);
    }

    /// <summary>SUBSCRIBE to two topics.</summary>
    public static void WriteSubscribe(IBufferWriter<byte> output, ushort packetId, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int qos)
    {
        var length = 2 + 3 + first.Length + 3 + second.Length;
        var (packet, at) = Begin(output, MqttPacketType.Subscribe, SubscribeFlags, length);
        BinaryPrimitives.WriteUInt16BigEndian(packet.Span[at..], packetId);
        at += 2;
        at += WriteString(packet, at, first);
        packet.Span[at++] = (byte)qos;
        at += WriteString(packet, at, second);
        packet.Span[at++] = (byte)qos;
        output.Advance(at);
    }

    public static void WritePublish(IBufferWriter<byte> output, ReadOnlySpan<byte> topic, int qos, ushort packetId, ReadOnlySpan<byte> payload)
    {
        var length = 2 + topic.Length + (qos > 0 ? 2 : 0) + payload.Length;
        var (packet, at) = Begin(output, MqttPacketType.Publish, qos << 1, length);
        at += WriteString(packet, at, topic);
        if (qos > 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet.Span[at..], packetId);
            at += 2;
        }

        payload.CopyTo(packet.Span[at..]);
        output.Advance(at + payload.Length);
    }

    public static void WritePublishAck(IBufferWriter<byte> output, ushort packetId)
    {
        var (packet, at) = Begin(output, MqttPacketType.PublishAck, 0, 2);
        BinaryPrimitives.WriteUInt16BigEndian(packet.Span[at..], packetId);
        output.Advance(at + 2);
    }

    public static void WritePing(IBufferWriter<byte> output)
    {
        var (_, at) = Begin(output, MqttPacketType.PingRequest, 0, 0);
        output.Advance(at);
    }

    // Room for the whole packet, with its head written.
    private static (Memory<byte> Packet, int At) Begin(IBufferWriter<byte> output, MqttPacketType type, int flags, int length)
    {
        var packet = output.GetMemory(5 + length);
        packet.Span[0] = (byte)(((int)type << 4) | flags);
        var at = 1;
        var rest = length;
        do
        {
            packet.Span[at++] = (byte)((rest & 0x7F) | (rest > 0x7F ? 0x80 : 0));
            rest >>= 7;
        }
        while (rest > 0);
        return (packet, at);
    }

    private static int WriteString(Memory<byte> packet, int at, ReadOnlySpan<byte> text)
    {
        BinaryPrimitives.WriteUInt16BigEndian(packet.Span[at..], (ushort)text.Length);
        text.CopyTo(packet.Span[(at + 2)..]);
        return 2 + text.Length;
    }
}
