namespace Pusher.Transport.Connections;

/// <summary>
/// What one turn of a loop may do, so that a busy peer delays the others by a bounded amount of work. What is left waits for the next
/// turn, at the end of the queue.
/// </summary>
internal static class TurnBudget
{
    /// <summary>Reads of one connection; each is bounded by the receive buffer.</summary>
    public const int ReadsPerConnection = 4;

    /// <summary>Connections that are read; small enough that output and timers wait about a millisecond.</summary>
    public const int ConnectionsRead = 256;

    /// <summary>New connections; one costs about as much as a dozen messages.</summary>
    public const int Accepts = 64;

    /// <summary>Sends of one connection; each is bounded by a segment of at most 64 KiB (256 KiB for one large frame).</summary>
    public const int SendsPerConnection = 16;
}
