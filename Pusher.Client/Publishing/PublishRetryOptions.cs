namespace Pusher.Client.Publishing;

/// <summary>
/// When a publisher tries again by itself, with the same publisher id: after an unknown answer, when nobody is there, and when the store is
/// away. The pause between is drawn from 0 to a bound that doubles from 50 ms to 2 s.
/// </summary>
public sealed record PublishRetryOptions
{
    /// <summary>Attempts in all, 1 or more. Default 5.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Time in all; no attempt is begun after it. Default 15 s.</summary>
    public TimeSpan TotalTime { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time for one attempt; then its outcome is unknown. Default 5 s; too short doubles the load of a slow store.</summary>
    public TimeSpan AttemptTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>One attempt, no retry.</summary>
    public static PublishRetryOptions None { get; } = new() { Attempts = 1 };

    /// <summary>Throws <see cref="ArgumentException"/> with a message that names the option.</summary>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Attempts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(TotalTime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(AttemptTime, TimeSpan.Zero);
    }
}
