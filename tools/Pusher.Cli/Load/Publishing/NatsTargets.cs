using System.Text;
using Pusher.Cli.Load.Engine;
using Pusher.Cli.Load.Protocols.Nats;

namespace Pusher.Cli.Load.Publishing;

/// <summary>The NATS subject of each device, and the one of all.</summary>
internal sealed class NatsTargets(byte[][] devices, byte[] all)
{
    /// <summary>Those on which a Pusher node takes publishes.</summary>
    public static NatsTargets OfPusher(IReadOnlyList<LoadIdentity> devices)
        => new([.. devices.Select(d => Encoding.ASCII.GetBytes($"pusher.pub.{d.Device.Tenant}.device.{d.Device.Device}"))], Encoding.ASCII.GetBytes($"pusher.pub.{devices[0].Device.Tenant}.all"));

    /// <summary>Those to which devices subscribe that are NATS clients themselves.</summary>
    public static NatsTargets OfClients(IReadOnlyList<LoadIdentity> devices)
        => new([.. devices.Select(d => Encoding.ASCII.GetBytes(NatsSubjects.Of(d.Device)))], Encoding.ASCII.GetBytes(NatsSubjects.OfAll(devices[0].Device.Tenant)));

    /// <summary>The subject of a device by its number; of all for -1.</summary>
    public ReadOnlySpan<byte> Of(int device) => device < 0 ? all : devices[device];
}
