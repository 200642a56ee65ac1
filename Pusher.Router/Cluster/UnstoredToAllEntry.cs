using System.Buffers;
using MessagePack;

namespace Pusher.Router.Cluster;

/// <summary>A QoS 0 message for every device of a tenant, as the whole PUSH frame: <c>[8, tenant, frame]</c>.</summary>
internal readonly record struct UnstoredToAllEntry(string Tenant, ReadOnlySequence<byte> Frame) : IEnvelopeEntry
{
    public const int Elements = 3;

    public void WriteTo(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(Elements);
        writer.Write((int)EntryKind.UnstoredToAll);
        writer.Write(Tenant);
        writer.Write(Frame);
    }

    public static UnstoredToAllEntry Read(ref MessagePackReader reader, NameTable names)
        => new(EntryFormat.ReadName(ref reader, names), EntryFormat.ReadFrame(ref reader));
}
