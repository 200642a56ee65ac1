namespace Pusher.Router.Stores.Redis;

/// <summary>The store's incarnation, as this node knows it now. It goes with every batch: in Redis a device's stream of an older one is not gone on with.</summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class StoreIncarnation(ulong current)
{
    private ulong _current = current;

    public ulong Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }
}
