namespace Pusher.Router.Stores.Redis;

/// <summary>
/// The store as this node knows it now. Its incarnation and what was answered for in it change in one step: a new incarnation with the old ids would be
/// refused for messages that are known to be lost, and taken for a second loss; the old one without them would go on in a stream that has lost some.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class StoreView(ulong incarnation, bool isCluster)
{
    private volatile KnownStore _current = new(incarnation, isCluster);

    /// <summary>Raised when a batch was refused because what it named was not there. Quick.</summary>
    public event Action? Missed;

    /// <summary>What a batch goes with, and is answered in.</summary>
    public KnownStore Current => _current;

    /// <summary>A batch that went with <paramref name="known"/> was refused.</summary>
    public void Miss(KnownStore known)
    {
        known.Miss();
        Missed?.Invoke();
    }

    /// <summary>A loss is known: what is missing is not asked for again.</summary>
    public void Renew(ulong incarnation) => _current = new KnownStore(incarnation, isCluster);
}
