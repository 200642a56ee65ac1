namespace Pusher.Server.Sessions;

/// <summary>At what pace the routes of sessions are claimed again.</summary>
public sealed record SessionRecoveryOptions
{
    /// <summary>The time over which all sessions are spread, milliseconds. Shorter: the nodes overload a Redis that has just come back; longer: devices are not reached for so long.</summary>
    public int SpreadMs { get; init; } = 15_000;

    /// <summary>Sessions per second below which it is not spread out further.</summary>
    public int PerSecondMin { get; init; } = 2_000;

    /// <summary>Pause before the next try when Redis is away, milliseconds.</summary>
    public int RetryMs { get; init; } = 500;
}
