using System.Text;
using Pusher.Core.Identity;

namespace Pusher.Cli.Load.Protocols.Mqtt;

/// <summary>The topics of a load run at an MQTT broker.</summary>
internal static class MqttTopics
{
    public static byte[] Of(DeviceKey device) => Encoding.ASCII.GetBytes($"load/{device.Tenant}/{device.Device}");

    /// <summary>The one to which all devices of a tenant subscribe.</summary>
    public static byte[] OfAll(string tenant) => Encoding.ASCII.GetBytes($"load-all/{tenant}");
}
