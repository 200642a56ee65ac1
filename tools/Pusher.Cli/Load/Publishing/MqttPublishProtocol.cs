using System.Buffers;
using System.Text;
using Pusher.Cli.Load.Protocols.Mqtt;

namespace Pusher.Cli.Load.Publishing;

/// <summary>Publishes to an MQTT 3.1.1 broker; with QoS 1 a message is accepted when its PUBACK comes.</summary>
/// <remarks>Threading: on the reactor's thread only.</remarks>
internal sealed class MqttPublishProtocol(byte[][] topics, byte[] topicOfAll, int qos, string clientId) : IPublishProtocol
{
    /// <summary>Packet ids are from 1 to 65,535.</summary>
    private const int PacketIds = ushort.MaxValue;

    private readonly long[] _counterOf = new long[PacketIds + 1];

    public bool HasAnswers => qos > 0;

    public int OutstandingMax => PacketIds;

    public bool Greet(IBufferWriter<byte> output)
    {
        Array.Fill(_counterOf, -1);
        MqttWriter.WriteConnect(output, Encoding.ASCII.GetBytes(clientId), 0);
        return false;
    }

    public string? Read(ref ReadOnlySequence<byte> bytes, IBufferWriter<byte> output, IPublishEvents events)
    {
        while (true)
        {
            var status = MqttReader.TryRead(ref bytes, out var type, out _, out var body);
            if (status != MqttReadStatus.Packet)
            {
                return status == MqttReadStatus.Partial ? null : "what it says is not MQTT; does something else listen there?";
            }

            switch (type)
            {
                case MqttPacketType.ConnectAck when MqttRefusal.OfConnectAck(in body) is { } refusal:
                    return refusal.Text;
                case MqttPacketType.ConnectAck:
                    events.OnReady();
                    break;
                case MqttPacketType.PublishAck when MqttReader.TryReadNumber(in body, 0, out var packetId):
                    events.OnAnswer(_counterOf[packetId], PublishAnswer.Taken);
                    break;
                default:
                    return $"a packet of type {(int)type} that a publisher cannot read; does something else than an MQTT broker listen there?";
            }
        }
    }

    public void Publish(IBufferWriter<byte> output, int device, long counter, ReadOnlySpan<byte> payload)
    {
        // The place of the counter in the link's ring, which is free.
        var packetId = (ushort)((counter % PacketIds) + 1);
        _counterOf[packetId] = counter;
        MqttWriter.WritePublish(output, device < 0 ? topicOfAll : topics[device], qos, packetId, payload);
    }
}
