namespace Pusher.Router.Cache;

/// <summary>Ends once, and with it every cached value that depends on it: as the values that name a node, when the node dies.</summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class Lifetime
{
    private volatile bool _isOver;

    /// <summary>True when it has ended.</summary>
    public bool IsOver => _isOver;

    /// <summary>Ends it, for good.</summary>
    public void End() => _isOver = true;
}
