namespace Pusher.Router.Cache;

/// <summary>What level 1 knows of a key: its value, until when that is believed, and what ends it before. Stands in the table itself: no object more to read.</summary>
internal readonly struct CacheEntry<TValue>(TValue value, long untilMs, Lifetime? lifetime)
    where TValue : struct
{
    public TValue Value { get; } = value;

    public long UntilMs { get; } = untilMs;

    public bool IsVoid => lifetime is { IsOver: true };
}
