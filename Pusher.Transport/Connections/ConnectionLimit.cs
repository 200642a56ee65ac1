namespace Pusher.Transport.Connections;

/// <summary>Counts the connections of a transport against its maximum.</summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class ConnectionLimit(int max)
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= max)
        {
            return true;
        }

        Interlocked.Decrement(ref _count);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _count);
}
