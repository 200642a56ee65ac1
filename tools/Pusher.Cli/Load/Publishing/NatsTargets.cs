using System.Text;
using Pusher.Cli.Load.Engine;

namespace Pusher.Cli.Load.Publishing;

/// <summary>The NATS subject of each device, and the one of all.</summary>
internal sealed class NatsTargets(byte[][] devices, byte[] all)
{
    /// <summary>Those on which a Pusher node takes publishes.</summary>
    public static NatsTargets OfPusher(IReadOnlyList<LoadIdentity> devices)
        => new([.. devices.Select(d => Encoding.ASCII.GetBytes($"pusher.pub.{d.Device.Tenant}.device.{d.Device.Device}"))], Encoding.ASCII.GetBytes($"pusher.pub.{devices[0].Device.Tenant}.all"));

    /// <summary>Those to which devices subscribe that are NATS clients themselves.</summary>
    public static NatsTargets OfClients(IReadOnlyList<LoadIdentity> devices)
        => new([.. devices.Select(d => Encoding.ASCII.GetBytes($"load.{d.Device.Tenant}.{d.Device.Device}"))], Encoding.ASCII.GetBytes(AllOf(devices)));

    /// <summary>The subject of all devices that are NATS clients themselves.</summary>
    public static string AllOf(IReadOnlyList<LoadIdentity> devices) => $"load-all.{devices[0].Device.Tenant}";

    /// <summary>The subject of a device by its number; of all for -1.</summary>
    public ReadOnlySpan<byte> Of(int device) => device < 0 ? all : devices[device];
}
