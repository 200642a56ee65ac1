namespace Pusher.Cli.Load.Protocols.Mqtt;

/// <summary>How reading a packet ended.</summary>
internal enum MqttReadStatus
{
    Packet,

    /// <summary>Not all of it is there yet.</summary>
    Partial,

    /// <summary>Not MQTT.</summary>
    Invalid,
}
