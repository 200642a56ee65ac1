using MessagePack;
using Pusher.Core.Identity;

namespace Pusher.Router.Cluster;

/// <summary>The device logged in at the sender: whatever else is known of its route is out of date: <c>[6, tenant, device, epoch]</c>.</summary>
internal readonly record struct MovedEntry(DeviceKey Device, ulong Epoch) : IEnvelopeEntry
{
    public const int Elements = 4;

    public void WriteTo(ref MessagePackWriter writer)
    {
        EntryFormat.WriteHead(ref writer, Elements, EntryKind.Moved, Device);
        writer.Write(Epoch);
    }

    public static MovedEntry Read(ref MessagePackReader reader, NameTable names)
        => new(EntryFormat.ReadDevice(ref reader, names), reader.ReadUInt64());
}
