namespace Pusher.Router.Cache;

/// <summary>What level 1 knows of a key: its value, or that it has none, and until when that is believed.</summary>
internal sealed class CacheEntry<TValue>(TValue? value, long untilMs)
    where TValue : struct
{
    public TValue? Value { get; } = value;

    public long UntilMs { get; } = untilMs;
}
