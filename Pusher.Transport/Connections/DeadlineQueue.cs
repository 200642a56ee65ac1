namespace Pusher.Transport.Connections;

/// <summary>
/// When to look at a connection again. Only connections with waiting output or in the course of closing are in it. Entries are not
/// removed: whoever is due is asked whether it still matters.
/// </summary>
internal sealed class DeadlineQueue
{
    private readonly PriorityQueue<ConnectionId, long> _entries = new();

    public void Add(ConnectionId connection, long atMs) => _entries.Enqueue(connection, atMs);

    public bool TryTakeDue(long nowMs, out ConnectionId connection)
    {
        if (_entries.TryPeek(out connection, out long atMs) && atMs <= nowMs)
        {
            _entries.Dequeue();
            return true;
        }

        return false;
    }

    /// <summary>Milliseconds until the next entry is due, 0 when it is overdue, -1 when there is none.</summary>
    public int DueInMs(long nowMs) =>
        _entries.TryPeek(out _, out long atMs) ? (int)Math.Clamp(atMs - nowMs, 0, int.MaxValue) : -1;
}
