namespace Pusher.Transport.Saea;

/// <summary>
/// Connections with a completion that their loop has not seen yet. Linked through the connections themselves, so that it allocates
/// nothing whatever the load, and taken all at once, so that there is no ABA problem.
/// </summary>
/// <remarks>Threading: <see cref="Push"/> from any thread, <see cref="TakeAll"/> on the loop's thread.</remarks>
internal sealed class ReadyStack
{
    private SaeaConnection? _top;

    public void Push(SaeaConnection connection)
    {
        SaeaConnection? top = Volatile.Read(ref _top);
        while (true)
        {
            connection.NextReady = top;
            SaeaConnection? seen = Interlocked.CompareExchange(ref _top, connection, top);
            if (ReferenceEquals(seen, top))
            {
                return;
            }

            top = seen;
        }
    }

    /// <summary>All of them, linked by <see cref="SaeaConnection.NextReady"/>, first come first.</summary>
    public SaeaConnection? TakeAll()
    {
        SaeaConnection? connection = Interlocked.Exchange(ref _top, null);
        SaeaConnection? first = null;
        while (connection is not null)
        {
            SaeaConnection? next = connection.NextReady;
            connection.NextReady = first;
            first = connection;
            connection = next;
        }

        return first;
    }
}
