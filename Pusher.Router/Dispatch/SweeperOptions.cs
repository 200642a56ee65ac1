namespace Pusher.Router.Dispatch;

/// <summary>How the sweeper works.</summary>
public sealed record SweeperOptions
{
    /// <summary>Pause between two turns, milliseconds. Less costs the store more reads; more leaves a lost ring and an expired message waiting longer.</summary>
    public int IntervalMs { get; init; } = 2_000;

    /// <summary>Age from which a waiting message is rung for again, milliseconds. Too little rings for messages that are just being sent.</summary>
    public int WaitingAgeMs { get; init; } = 5_000;

    /// <summary>Pause between the first two rings for a device that stays waiting, milliseconds; doubled each time.</summary>
    public int RingAgainMs { get; init; } = 2_000;

    /// <summary>Where the doubling ends. More: a ring that was lost behind others comes so much later; less: devices that are away cost more.</summary>
    public int RingAgainMaxMs { get; init; } = 30_000;

    /// <summary>Streams read from the store at once.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>Streams rung for in one turn; the next turn goes on behind them.</summary>
    public int StreamsPerTurnMax { get; init; } = 20_000;

    /// <summary>Throws with the name of the option that is out of range.</summary>
    public void Validate()
    {
        if (IntervalMs < 10 || WaitingAgeMs < 0)
        {
            throw new ArgumentException("sweep.intervalMs must be at least 10 and sweep.waitingAgeMs at least 0.");
        }

        if (RingAgainMs < 0 || RingAgainMaxMs < RingAgainMs)
        {
            throw new ArgumentException("sweep.ringAgainMs must be at least 0 and sweep.ringAgainMaxMs at least sweep.ringAgainMs.");
        }

        if (PageSize < 1 || StreamsPerTurnMax < PageSize)
        {
            throw new ArgumentException("sweep.pageSize must be at least 1 and sweep.streamsPerTurnMax at least sweep.pageSize.");
        }
    }
}
