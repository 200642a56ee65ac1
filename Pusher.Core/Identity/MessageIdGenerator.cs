namespace Pusher.Core.Identity;

/// <summary>
/// Gives message ids: 63 bits, growing in time, unique over nodes. From the top: 41 bits of milliseconds since
/// 2024-01-01 UTC (enough until 2093), 10 bits of node number, 12 bits of count within the millisecond.
/// A burst of more than 4,096 in a millisecond, or a clock that steps back, borrows from the milliseconds to come:
/// an id never repeats and never falls behind <c>floor</c>, the highest id that the store knows.
/// </summary>
/// <remarks>Threading: any thread; one interlocked exchange per id.</remarks>
public sealed class MessageIdGenerator
{
    /// <summary>The highest node number.</summary>
    public const int NodeNumberMax = 1023;

    private const int CountBits = 12;
    private const int NodeBits = 10;
    private const long EpochUnixMs = 1_704_067_200_000; // 2024-01-01T00:00:00Z

    private readonly TimeProvider _time;
    private readonly ulong _node;
    private ulong _lastTick; // milliseconds << CountBits | count, without the node

    /// <param name="time">The clock.</param>
    /// <param name="nodeNumber">0 to <see cref="NodeNumberMax"/>; no two live nodes may share one.</param>
    /// <param name="floor">The highest message id that exists already; 0 when none does.</param>
    public MessageIdGenerator(TimeProvider time, int nodeNumber, ulong floor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nodeNumber);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nodeNumber, NodeNumberMax);
        _time = time;
        _node = (ulong)nodeNumber << CountBits;
        _lastTick = floor == 0 ? 0 : (floor >> (CountBits + NodeBits) << CountBits) | ((1UL << CountBits) - 1);
    }

    /// <summary>The number of the node that gave an id, 0 to <see cref="NodeNumberMax"/>.</summary>
    public static int NodeNumberOf(ulong messageId) => (int)(messageId >> CountBits) & NodeNumberMax;

    /// <summary>The next id; never 0.</summary>
    public ulong Next()
    {
        var now = (ulong)Math.Max(1, _time.GetUtcNow().ToUnixTimeMilliseconds() - EpochUnixMs) << CountBits;
        while (true)
        {
            var last = Volatile.Read(ref _lastTick);
            var next = Math.Max(now, last + 1);
            if (Interlocked.CompareExchange(ref _lastTick, next, last) == last)
            {
                return (next >> CountBits << (CountBits + NodeBits)) | _node | (next & ((1UL << CountBits) - 1));
            }
        }
    }
}
