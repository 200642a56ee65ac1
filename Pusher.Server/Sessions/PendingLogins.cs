using Microsoft.Extensions.Logging;
namespace Pusher.Server.Sessions;

/// <summary>Counts connections before login, over all reactors, against their limit.</summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class PendingLogins(int limit, ILogger logger)
{
    private int _count;
    private int _full;

    public int Count => Volatile.Read(ref _count);

    /// <summary>False when the limit is reached; then nothing was counted.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= limit)
        {
            return true;
        }

        Interlocked.Decrement(ref _count);
        if (Interlocked.Exchange(ref _full, 1) == 0)
        {
            SessionLog.LoginsPendingFull(logger, limit);
        }

        return false;
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref _count) < limit / 2)
        {
            Volatile.Write(ref _full, 0); // said again when it fills again
        }
    }
}
