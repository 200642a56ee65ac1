using System.Diagnostics;
using Pusher.Cli.Load.Checking;

namespace Pusher.Cli.Load.Publishing;

/// <summary>
/// How many messages may be under way when nothing answers a publish: what the devices have not handed over yet. What is lost would close the window
/// for good; when nothing arrived for a second, what is under way is taken for lost.
/// </summary>
/// <remarks>Threading: on the reactor's thread only.</remarks>
internal sealed class PublishWindow(long size, MessageLedger ledger)
{
    public const int StallMs = 1_000;

    private long _writtenOff;
    private long _arrived;
    private long _arrivedAt;

    /// <summary>How many more may be sent now.</summary>
    /// <param name="published">Messages published so far.</param>
    /// <param name="now">A time stamp.</param>
    public long Room(long published, long now)
    {
        var arrived = ledger.Arrived;
        if (arrived != _arrived || _arrivedAt == 0)
        {
            (_arrived, _arrivedAt) = (arrived, now);
        }

        var room = size - (published - arrived - _writtenOff);
        if (room <= 0 && Stopwatch.GetElapsedTime(_arrivedAt, now).TotalMilliseconds >= StallMs)
        {
            _writtenOff = published - arrived;
            _arrivedAt = now;
            return size;
        }

        return room;
    }
}
