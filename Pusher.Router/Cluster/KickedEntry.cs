using MessagePack;

namespace Pusher.Router.Cluster;

/// <summary>The answer to a kick: the older session has ended and what it acknowledged is in the store, or there is none: <c>[5, call]</c>.</summary>
internal readonly record struct KickedEntry(ulong Call) : IEnvelopeEntry
{
    public const int Elements = 2;

    public void WriteTo(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(Elements);
        writer.Write((int)EntryKind.Kicked);
        writer.Write(Call);
    }

    public static KickedEntry Read(ref MessagePackReader reader) => new(reader.ReadUInt64());
}
