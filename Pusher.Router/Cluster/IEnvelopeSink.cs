namespace Pusher.Router.Cluster;

/// <summary>Takes what an envelope holds, entry by entry.</summary>
internal interface IEnvelopeSink
{
    void OnRing(string from, in RingEntry ring);

    void OnLetter(string from, in LetterEntry letter);

    void OnNotHere(string from, in NotHereEntry notHere);

    void OnKick(string from, in KickEntry kick);

    void OnKicked(in KickedEntry kicked);

    void OnMoved(string from, in MovedEntry moved);

    void OnUnstored(in UnstoredEntry entry);

    void OnUnstoredToAll(string from, in UnstoredToAllEntry entry);

    void OnGroupChanged(string from, in GroupChangedEntry entry);

    void OnCredentialChanged(string from, in CredentialChangedEntry entry);
}
