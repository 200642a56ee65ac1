using System.Buffers;
using MessagePack;

namespace Pusher.Router.Cluster;

/// <summary>Reads envelopes. What it does not understand is counted and skipped: nodes of two versions work together while one replaces the other.</summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class EnvelopeReader(ClusterCounters counters)
{
    private readonly NameTable _names = new();

    /// <summary>Hands the entries to <paramref name="sink"/>, as far as they can be read, each valid during its call. Never throws.</summary>
    public void Read(in ReadOnlySequence<byte> bytes, IEnvelopeSink sink)
    {
        try
        {
            var reader = new MessagePackReader(bytes);
            if (reader.ReadInt32() != Envelope.Version)
            {
                counters.OnUnknown();
                return;
            }

            var sender = EntryFormat.ReadName(ref reader, _names);
            while (!reader.End)
            {
                ReadEntry(ref reader, sender, sink);
            }
        }
        // The last one comes from MessagePackReader for a length beyond the end.
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or OverflowException or ArgumentOutOfRangeException)
        {
            counters.OnMalformed();
        }
    }

    private void ReadEntry(ref MessagePackReader reader, string sender, IEnvelopeSink sink)
    {
        var next = reader.CreatePeekReader();
        next.Skip();
        var elements = reader.ReadArrayHeader();
        Dispatch(elements > 0 ? (EntryKind)reader.ReadInt32() : default, elements, ref reader, sender, sink);

        reader = next; // over elements that a later version has added
    }

    private void Dispatch(EntryKind kind, int elements, ref MessagePackReader reader, string sender, IEnvelopeSink sink)
    {
        switch (kind)
        {
            case EntryKind.Ring when elements >= RingEntry.Elements:
                sink.OnRing(sender, RingEntry.Read(ref reader, _names));
                break;
            case EntryKind.Letter when elements >= LetterEntry.Elements:
                sink.OnLetter(sender, LetterEntry.Read(ref reader, _names));
                break;
            case EntryKind.NotHere when elements >= NotHereEntry.Elements:
                sink.OnNotHere(sender, NotHereEntry.Read(ref reader, _names));
                break;
            case EntryKind.Kick when elements >= KickEntry.Elements:
                sink.OnKick(sender, KickEntry.Read(ref reader, _names));
                break;
            case EntryKind.Kicked when elements >= KickedEntry.Elements:
                sink.OnKicked(KickedEntry.Read(ref reader));
                break;
            case EntryKind.Moved when elements >= MovedEntry.Elements:
                sink.OnMoved(sender, MovedEntry.Read(ref reader, _names));
                break;
            case EntryKind.Unstored when elements >= UnstoredEntry.Elements:
                sink.OnUnstored(UnstoredEntry.Read(ref reader, _names));
                break;
            case EntryKind.UnstoredToAll when elements >= UnstoredToAllEntry.Elements:
                sink.OnUnstoredToAll(sender, UnstoredToAllEntry.Read(ref reader, _names));
                break;
            case EntryKind.GroupChanged when elements >= GroupChangedEntry.Elements:
                sink.OnGroupChanged(sender, GroupChangedEntry.Read(ref reader, _names));
                break;
            case EntryKind.CredentialChanged when elements >= CredentialChangedEntry.Elements:
                sink.OnCredentialChanged(sender, CredentialChangedEntry.Read(ref reader, _names));
                break;
            default:
                counters.OnUnknown();
                break;
        }
    }
}
