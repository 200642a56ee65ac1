namespace Pusher.Core.Time;

/// <summary>
/// A wall clock that never jumps. It starts at the machine's wall clock, runs with the monotonic one, and follows a
/// stepped wall clock by at most <see cref="SlewPerSecond"/>, so that a clock set an hour forward does not expire an
/// hour's worth of orders at once.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class SteadyTimeProvider : TimeProvider
{
    /// <summary>Correction per second of running: 5 %, so that a step of a minute is followed in twenty.</summary>
    public static readonly TimeSpan SlewPerSecond = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider _inner;
    private readonly long _startTimestamp;
    private readonly long _startTicks;
    private long _offsetTicks;
    private long _lastSlewTicks; // of running time

    public SteadyTimeProvider(TimeProvider inner)
    {
        _inner = inner;
        _startTimestamp = inner.GetTimestamp();
        _startTicks = inner.GetUtcNow().UtcTicks;
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => _inner.TimestampFrequency;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => _inner.LocalTimeZone;

    /// <inheritdoc/>
    public override long GetTimestamp() => _inner.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => _inner.CreateTimer(callback, state, dueTime, period);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        var running = _inner.GetElapsedTime(_startTimestamp).Ticks;
        var last = Volatile.Read(ref _lastSlewTicks);
        if (running - last >= TimeSpan.TicksPerSecond && Interlocked.CompareExchange(ref _lastSlewTicks, running, last) == last)
        {
            Slew(running, running - last);
        }

        return new DateTimeOffset(_startTicks + running + Volatile.Read(ref _offsetTicks), TimeSpan.Zero);
    }

    private void Slew(long running, long since)
    {
        var error = _inner.GetUtcNow().UtcTicks - (_startTicks + running + Volatile.Read(ref _offsetTicks));
        var step = (long)(SlewPerSecond.Ticks * ((double)since / TimeSpan.TicksPerSecond));
        Interlocked.Add(ref _offsetTicks, Math.Clamp(error, -step, step));
    }
}
