using Pusher.Core.Identity;

namespace Pusher.Cli.Load.Protocols.Nats;

/// <summary>The subjects of a load run whose devices are NATS clients.</summary>
internal static class NatsSubjects
{
    public static string Of(DeviceKey device) => $"load.{device.Tenant}.{device.Device}";

    /// <summary>The one to which all devices of a tenant subscribe.</summary>
    public static string OfAll(string tenant) => $"load-all.{tenant}";
}
