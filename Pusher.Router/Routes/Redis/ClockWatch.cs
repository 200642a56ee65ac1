using Microsoft.Extensions.Logging;
using Pusher.Router.Redis;

namespace Pusher.Router.Routes.Redis;

/// <summary>
/// Says once when this machine's clock and Redis's go apart. Messages expire by the clocks of the nodes that store and sweep them; leases and epochs
/// need no clock but Redis's.
/// </summary>
/// <remarks>Threading: <see cref="Compare"/> by one caller at a time is enough: two at once say it twice at the worst.</remarks>
internal sealed class ClockWatch(string server, TimeProvider time, ILogger logger)
{
    /// <summary>Beyond what NTP leaves, below what a start refuses.</summary>
    private const long SkewMaxMs = 2_000;

    private bool _areApart;
    private long _skewMs;

    /// <summary>Redis's clock less this machine's at the last look, milliseconds; as exact as a command takes long.</summary>
    public long SkewMs => Volatile.Read(ref _skewMs);

    /// <summary>Now, to be given to <see cref="Compare"/> with the answer.</summary>
    public long NowUnixMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <param name="askedAtUnixMs">This machine's clock when Redis was asked.</param>
    /// <param name="redisUnixMs">Redis's, somewhere between then and now.</param>
    public void Compare(long askedAtUnixMs, long redisUnixMs)
    {
        // Within the time that the command took nobody knows better.
        var (ahead, behind) = (redisUnixMs - NowUnixMs, askedAtUnixMs - redisUnixMs);
        var skew = Math.Max(0, Math.Max(ahead, behind));
        Volatile.Write(ref _skewMs, behind > ahead ? -skew : skew);
        if (skew > SkewMaxMs && !_areApart)
        {
            _areApart = true;
            RedisLog.ClocksApart(logger, server, skew);
        }
        else if (skew <= SkewMaxMs / 2 && _areApart)
        {
            _areApart = false;
            RedisLog.ClocksAgree(logger, server);
        }
    }
}
