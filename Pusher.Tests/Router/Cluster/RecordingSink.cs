using Pusher.Router.Cluster;

namespace Pusher.Tests.Router.Cluster;

/// <summary>Writes down what an envelope held.</summary>
internal sealed class RecordingSink : IEnvelopeSink
{
    public List<(string From, object Entry)> Entries { get; } = [];

    public void OnRing(string from, in RingEntry ring) => Entries.Add((from, ring));

    public void OnLetter(string from, in LetterEntry letter) => Entries.Add((from, letter));

    public void OnNotHere(string from, in NotHereEntry notHere) => Entries.Add((from, notHere));

    public void OnKick(string from, in KickEntry kick) => Entries.Add((from, kick));

    public void OnKicked(in KickedEntry kicked) => Entries.Add(("", kicked));

    public void OnMoved(string from, in MovedEntry moved) => Entries.Add((from, moved));

    public void OnUnstored(in UnstoredEntry entry) => Entries.Add(("", entry));

    public void OnGroupChanged(string from, in GroupChangedEntry entry) => Entries.Add((from, entry));

    public void OnCredentialChanged(string from, in CredentialChangedEntry entry) => Entries.Add((from, entry));

    public void OnUnstoredToAll(string from, in UnstoredToAllEntry entry) => Entries.Add((from, entry));
}
