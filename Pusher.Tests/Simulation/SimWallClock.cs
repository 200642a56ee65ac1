namespace Pusher.Tests.Simulation;

/// <summary>The wall clock of the simulated machines: runs with virtual time and can be set.</summary>
public sealed class SimWallClock(SimScheduler scheduler) : TimeProvider
{
    private const long StartUnixMs = 1_750_000_000_000;

    private long _offsetMs;

    /// <summary>Unix milliseconds, with all jumps.</summary>
    public long UnixMs => SteadyUnixMs + _offsetMs;

    /// <summary>Unix milliseconds as if nobody had set the clock: what expiry goes by.</summary>
    public long SteadyUnixMs => StartUnixMs + scheduler.NowMs;

    public void Jump(long byMs) => _offsetMs += byMs;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(UnixMs);
}
