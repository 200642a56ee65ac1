using MessagePack;
using Pusher.Core.Identity;

namespace Pusher.Router.Cluster;

/// <summary>The answer to a ring for a device that the node does not hold: <c>[3, tenant, device, stream, lastSeq, again]</c>, as in the ring.</summary>
internal readonly record struct NotHereEntry(DeviceKey Device, uint Stream, ulong LastSeq, bool Again) : IEnvelopeEntry
{
    public const int Elements = 6;

    public void WriteTo(ref MessagePackWriter writer)
    {
        EntryFormat.WriteHead(ref writer, Elements, EntryKind.NotHere, Device);
        writer.Write(Stream);
        writer.Write(LastSeq);
        writer.Write(Again);
    }

    public static NotHereEntry Read(ref MessagePackReader reader, NameTable names)
        => new(EntryFormat.ReadDevice(ref reader, names), reader.ReadUInt32(), reader.ReadUInt64(), reader.ReadBoolean());
}
