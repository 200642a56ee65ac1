using System.Buffers;
using MessagePack;
using Pusher.Core.Identity;

namespace Pusher.Router.Cluster;

/// <summary>A QoS 0 message for a device, as the whole PUSH frame: <c>[7, tenant, device, frame]</c>.</summary>
internal readonly record struct UnstoredEntry(DeviceKey Device, ReadOnlySequence<byte> Frame) : IEnvelopeEntry
{
    public const int Elements = 4;

    public void WriteTo(ref MessagePackWriter writer)
    {
        EntryFormat.WriteHead(ref writer, Elements, EntryKind.Unstored, Device);
        writer.Write(Frame);
    }

    public static UnstoredEntry Read(ref MessagePackReader reader, NameTable names)
        => new(EntryFormat.ReadDevice(ref reader, names), EntryFormat.ReadFrame(ref reader));
}
