using System.Diagnostics;

namespace Pusher.Cli.Load.Publishing;

/// <summary>When each message is due at a given rate. It is due whether or not the ones before could be sent, so a stall shows in the latencies.</summary>
/// <remarks>Threading: on the reactor's thread only.</remarks>
internal sealed class PublishPace(double perSecond)
{
    /// <summary>epoll_wait sleeps whole milliseconds and wakes late by a part of one: below this the loop polls instead.</summary>
    private const int PollBelowMs = 2;

    private readonly double _ticksPerMessage = Stopwatch.Frequency / perSecond;
    private long _startedAt;

    /// <summary>The number of the next message.</summary>
    public long Next { get; private set; }

    /// <summary>When the next message is due, a time stamp.</summary>
    public long NextDueAt => _startedAt + (long)(Next * _ticksPerMessage);

    public void Start(long now) => _startedAt = now;

    /// <summary>The next message is sent.</summary>
    public void Take() => Next++;

    /// <summary>For how long the loop may sleep, in milliseconds; 0 = poll, for the next one is due too soon to sleep.</summary>
    public int SleepMs(long now)
    {
        var ms = (NextDueAt - now) * 1_000 / Stopwatch.Frequency;
        return ms < PollBelowMs ? 0 : (int)Math.Min(ms - 1, int.MaxValue);
    }
}
