using System.Buffers;
using Pusher.Core.Identity;

namespace Pusher.Router.Cluster;

/// <summary>What other nodes tell this one.</summary>
/// <remarks>Threading: the bus calls from the thread it receives on, with its own buffer: nothing here waits, and what stays is copied.</remarks>
internal sealed class NodeInbox(
    LocalNode local,
    ClusterDoorbell doorbell,
    ClusterUnstored unstored,
    ClusterTakeover takeover,
    ClusterSender sender,
    ClusterOptions options,
    ClusterCounters counters,
    Action<DeviceKey, bool> credentialChanged) : IEnvelopeSink
{
    public void OnRing(string from, in RingEntry ring)
    {
        counters.OnRingReceived();
        if (!local.Doorbell.Ring(ring.Device, ring.Stream, ring.LastSeq))
        {
            counters.OnNotHere();
            sender.Send(from, new NotHereEntry(ring.Device, ring.Stream, ring.LastSeq, ring.Again));
        }
    }

    public void OnLetter(string from, in LetterEntry letter)
    {
        counters.OnRingReceived();
        var payload = letter.Payload.IsSingleSegment ? letter.Payload.FirstSpan : letter.Payload.ToArray(); // over the seam of two receive buffers
        if (!local.Doorbell.Ring(letter.Device, letter.Head, payload))
        {
            counters.OnNotHere();
            sender.Send(from, new NotHereEntry(letter.Device, letter.Head.Stream, letter.Head.Seq, Again: false));
        }
    }

    public void OnNotHere(string from, in NotHereEntry notHere) => doorbell.OnNotHere(from, in notHere);

    public void OnKick(string from, in KickEntry kick) => takeover.OnKick(from, in kick);

    public void OnKicked(in KickedEntry kicked) => takeover.OnKicked(in kicked);

    public void OnMoved(string from, in MovedEntry moved)
    {
        if (from != options.Node)
        {
            takeover.OnMoved(from, in moved);
        }
    }

    public void OnUnstored(in UnstoredEntry entry) => unstored.OnUnstored(in entry);

    public void OnGroupChanged(string from, in GroupChangedEntry entry) => unstored.OnGroupChanged(in entry);

    public void OnCredentialChanged(string from, in CredentialChangedEntry entry)
    {
        if (from != options.Node)
        {
            credentialChanged(entry.Device, entry.IsRevoked);
        }
    }

    public void OnUnstoredToAll(string from, in UnstoredToAllEntry entry)
    {
        if (from != options.Node)
        {
            unstored.OnUnstoredToAll(in entry);
        }
    }
}
