using System.Buffers;
using System.Text;
using Pusher.Cli.Load.Engine;

namespace Pusher.Cli.Load.Protocols.Mqtt;

/// <summary>A device that is an MQTT 3.1.1 client: subscribes to a topic of its own and to one of all, and acknowledges what comes with QoS 1.</summary>
/// <remarks>Threading: on the engine's thread only.</remarks>
internal sealed class MqttDeviceProtocol(DeliveryLog deliveries, IDeviceEvents events, int qos, uint heartbeatMs) : IDeviceProtocol
{
    /// <summary>What most client libraries propose.</summary>
    private const uint HeartbeatMsDefault = 60_000;

    private const ushort SubscribeId = 1;

    private readonly uint _heartbeatMs = heartbeatMs == 0 ? HeartbeatMsDefault : heartbeatMs;

    public void Greet(int index, ref LoadDevice device, IBufferWriter<byte> output)
    {
        var name = device.Identity.Device;
        MqttWriter.WriteConnect(output, Encoding.ASCII.GetBytes(name.Device), (ushort)Math.Min(_heartbeatMs / 1_000, ushort.MaxValue));

        // Section 3.1.4: a client need not wait for CONNACK.
        MqttWriter.WriteSubscribe(output, SubscribeId, MqttTopics.Of(name), MqttTopics.OfAll(name.Tenant), qos);
    }

    public void Beat(IBufferWriter<byte> output) => MqttWriter.WritePing(output);

    public string? Read(int index, ref LoadDevice device, ref ReadOnlySequence<byte> bytes, IBufferWriter<byte> output)
    {
        while (true)
        {
            switch (MqttReader.TryRead(ref bytes, out var type, out var flags, out var body))
            {
                case MqttReadStatus.Partial:
                    return null;
                case MqttReadStatus.Invalid:
                    return "what it says is not MQTT; does something else listen there?";
                case MqttReadStatus.Packet when !OnPacket(index, ref device, type, flags, in body, output):
                    return $"a packet of type {(int)type} that a client cannot read; does something else than an MQTT broker listen there?";
            }
        }
    }

    private bool OnPacket(int index, ref LoadDevice device, MqttPacketType type, int flags, in ReadOnlySequence<byte> body, IBufferWriter<byte> output)
    {
        switch (type)
        {
            case MqttPacketType.Publish:
                return OnPublish(ref device, flags, in body, output);
            case MqttPacketType.ConnectAck:
                TurnAway(index, MqttRefusal.OfConnectAck(in body));
                return true;
            case MqttPacketType.SubscribeAck:
                if (!TurnAway(index, MqttRefusal.OfSubscribeAck(in body)))
                {
                    events.LoggedIn(index, _heartbeatMs);
                }

                return true;
            default:
                return type == MqttPacketType.PingResponse;
        }
    }

    private bool TurnAway(int index, MqttRefusal? refusal)
    {
        if (refusal is not null)
        {
            events.TurnedAway(index, refusal.Reason, refusal.Text, 0);
        }

        return refusal is not null;
    }

    private bool OnPublish(ref LoadDevice device, int flags, in ReadOnlySequence<byte> body, IBufferWriter<byte> output)
    {
        if (!MqttReader.TryReadPublish(flags, in body, out var sentQos, out var packetId, out var payload))
        {
            return false;
        }

        deliveries.HandOver(ref device, in payload);
        if (sentQos > 0)
        {
            MqttWriter.WritePublishAck(output, packetId);
        }

        return true;
    }
}
