namespace Pusher.Cli.Load.Protocols.Mqtt;

/// <summary>The upper four bits of a packet's first byte (MQTT 3.1.1, section 2.2.1), as far as they are used here.</summary>
internal enum MqttPacketType
{
    Connect = 1,
    ConnectAck = 2,
    Publish = 3,
    PublishAck = 4,
    Subscribe = 8,
    SubscribeAck = 9,
    PingRequest = 12,
    PingResponse = 13,
}
