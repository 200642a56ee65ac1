using System.Buffers;
using Pusher.Core.Protocol;

namespace Pusher.Cli.Load.Protocols.Mqtt;

/// <summary>What a CONNACK or SUBACK that is no yes means.</summary>
/// <param name="Reason">The nearest of Pusher's reasons.</param>
/// <param name="Text">For people.</param>
internal sealed record MqttRefusal(CloseReason Reason, string Text)
{
    private const byte Refused = 0x80;

    /// <summary>null = the broker said yes.</summary>
    public static MqttRefusal? OfConnectAck(in ReadOnlySequence<byte> body)
    {
        if (!MqttReader.TryReadNumber(in body, 0, out var answer))
        {
            return new MqttRefusal(CloseReason.BadFrame, "a CONNACK that is too short");
        }

        return (answer & 0xFF) switch
        {
            0 => null,
            1 => new MqttRefusal(CloseReason.UnsupportedVersion, "the broker does not speak MQTT 3.1.1"),
            2 => new MqttRefusal(CloseReason.BadHello, "the broker will not have this client id"),
            3 => new MqttRefusal(CloseReason.Busy, "the broker is not available"),
            4 or 5 => new MqttRefusal(CloseReason.Unauthorized, "the broker wants a user and password (mosquitto: allow_anonymous true)"),
            var code => new MqttRefusal(CloseReason.Internal, $"the broker refused with code {code}"),
        };
    }

    /// <summary>null = the broker said yes to all topics.</summary>
    public static MqttRefusal? OfSubscribeAck(in ReadOnlySequence<byte> body)
    {
        foreach (var code in body.Slice(Math.Min(2, body.Length)).ToArray())
        {
            if (code == Refused)
            {
                return new MqttRefusal(CloseReason.Unauthorized, "the broker refuses the subscription; devices need read access to load/# and load-all/#");
            }
        }

        return null;
    }
}
