using MessagePack;
using Pusher.Core.Identity;

namespace Pusher.Router.Cluster;

/// <summary>The stream of a device holds messages through <paramref name="LastSeq"/>: <c>[1, tenant, device, stream, lastSeq, again]</c>.</summary>
/// <param name="Device">Whom it is for.</param>
/// <param name="Stream">The stream.</param>
/// <param name="LastSeq">The highest seq that is known to be stored.</param>
/// <param name="Again">The second try, after a <see cref="NotHereEntry"/>: there is no third.</param>
internal readonly record struct RingEntry(DeviceKey Device, uint Stream, ulong LastSeq, bool Again) : IEnvelopeEntry
{
    public const int Elements = 6;

    public void WriteTo(ref MessagePackWriter writer)
    {
        EntryFormat.WriteHead(ref writer, Elements, EntryKind.Ring, Device);
        writer.Write(Stream);
        writer.Write(LastSeq);
        writer.Write(Again);
    }

    public static RingEntry Read(ref MessagePackReader reader, NameTable names)
        => new(EntryFormat.ReadDevice(ref reader, names), reader.ReadUInt32(), reader.ReadUInt64(), reader.ReadBoolean());
}
