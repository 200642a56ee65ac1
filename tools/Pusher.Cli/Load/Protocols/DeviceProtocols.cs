using Pusher.Cli.Load.Engine;
using Pusher.Cli.Load.Protocols.Mqtt;
using Pusher.Cli.Load.Protocols.Nats;

namespace Pusher.Cli.Load.Protocols;

/// <summary>Makes the protocol of an engine.</summary>
internal static class DeviceProtocols
{
    public static IDeviceProtocol Create(EngineOptions options, int devices, DeliveryLog deliveries, EngineCounters counters, IDeviceEvents events) => options.Protocol switch
    {
        LoadProtocol.Mqtt => new MqttDeviceProtocol(deliveries, events, options.Qos, options.HeartbeatMs),
        LoadProtocol.Nats => new NatsDeviceProtocol(deliveries, events),
        _ => new PusherDeviceProtocol(new DeviceGreeter(devices, options.HeartbeatMs), new DeviceInbox(deliveries, counters), events),
    };
}
