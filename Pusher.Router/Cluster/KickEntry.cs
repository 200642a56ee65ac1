using MessagePack;
using Pusher.Core.Identity;

namespace Pusher.Router.Cluster;

/// <summary>A newer login has the device; end any session of an older epoch and say so: <c>[4, tenant, device, epoch, call]</c>.</summary>
/// <param name="Device">The device.</param>
/// <param name="Epoch">The epoch of the newer login.</param>
/// <param name="Call">Comes back in the <see cref="KickedEntry"/>.</param>
internal readonly record struct KickEntry(DeviceKey Device, ulong Epoch, ulong Call) : IEnvelopeEntry
{
    public const int Elements = 5;

    public void WriteTo(ref MessagePackWriter writer)
    {
        EntryFormat.WriteHead(ref writer, Elements, EntryKind.Kick, Device);
        writer.Write(Epoch);
        writer.Write(Call);
    }

    public static KickEntry Read(ref MessagePackReader reader, NameTable names)
        => new(EntryFormat.ReadDevice(ref reader, names), reader.ReadUInt64(), reader.ReadUInt64());
}
