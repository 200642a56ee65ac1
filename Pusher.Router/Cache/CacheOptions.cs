namespace Pusher.Router.Cache;

/// <summary>Bounds of a <see cref="TwoLevelCache{TKey, TValue}"/>.</summary>
public sealed record CacheOptions
{
    /// <summary>What is cached, one word: the <c>cache</c> label of the meters.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Values in level 1; some 200 bytes each. Fewer than the keys in use at a time: level 2 is asked for every second message.
    /// </summary>
    public int EntriesMax { get; init; } = 200_000;

    /// <summary>
    /// Keys without a value in level 1; some 130 bytes each. They have a table of their own: a flood of keys that do not exist pushes out each other, and no
    /// value.
    /// </summary>
    public int AbsentMax { get; init; } = 50_000;

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
        ArgumentOutOfRangeException.ThrowIfLessThan(AbsentMax, 3);
        ArgumentOutOfRangeException.ThrowIfLessThan(KeepMs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(KeepAbsentMs, 1);
    }
}
