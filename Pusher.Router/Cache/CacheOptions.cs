namespace Pusher.Router.Cache;

/// <summary>Bounds of a <see cref="TwoLevelCache{TKey, TValue}"/>.</summary>
public sealed record CacheOptions
{
    /// <summary>What is cached, one word: the <c>cache</c> label of the meters.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Entries of level 1, those for absent values included; some 200 bytes each. Fewer than the keys in use at a time: level 2 is asked for every
    /// second message.
    /// </summary>
    public int EntriesMax { get; init; } = 200_000;

    /// <summary>For how long a value is believed without asking level 2, milliseconds. It bounds what a lost invalidation can do.</summary>
    public int KeepMs { get; init; } = 60_000;

    /// <summary>
    /// For how long an absent value is believed, milliseconds. Longer: who appears meanwhile, unseen, waits so long; shorter: level 2 is asked for each
    /// message to somebody who is away.
    /// </summary>
    public int KeepAbsentMs { get; init; } = 2_000;

    /// <summary>Throws with the name of the option that is out of range.</summary>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(Name);
        ArgumentOutOfRangeException.ThrowIfLessThan(EntriesMax, 3);
        ArgumentOutOfRangeException.ThrowIfLessThan(KeepMs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(KeepAbsentMs, 1);
    }
}
