using System.Collections.Concurrent;
using BitFaster.Caching.Lru;

namespace Pusher.Router.Cache;

/// <summary>
/// A bounded table of this process (level 1) before a slower, shared one (level 2). Level 1 also remembers that a key has no value, for a shorter
/// time. However many ask for a key at once, level 2 is asked once.
/// </summary>
/// <remarks>
/// Threading: any thread. A hit takes no lock and allocates nothing. Time is a number that a timer moves on every tenth of a second: reading the clock
/// would cost as much as the look-up.
/// </remarks>
public sealed class TwoLevelCache<TKey, TValue> : IDisposable
    where TKey : notnull
    where TValue : struct
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly FastConcurrentLru<TKey, CacheEntry<TValue>> _entries;
    private readonly ConcurrentDictionary<TKey, CacheLoad<TValue>> _loads = new();
    private readonly Func<TKey, CancellationToken, ValueTask<TValue?>> _level2;
    private readonly CacheOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly KeyValuePair<string, object?> _label;
    private readonly long _startedAt;
    private long _nowMs;
    private long _hits;
    private long _absentHits;
    private long _loaded;
    private long _failures;

    /// <param name="level2">Looks a key up; null = it has no value. Called for one key once at a time.</param>
    /// <param name="options">Its bounds.</param>
    /// <param name="time">The clock.</param>
    public TwoLevelCache(Func<TKey, CancellationToken, ValueTask<TValue?>> level2, CacheOptions options, TimeProvider time)
    {
        options.Validate();
        _level2 = level2;
        _options = options;
        _time = time;
        _label = new KeyValuePair<string, object?>("cache", options.Name);
        _entries = new FastConcurrentLru<TKey, CacheEntry<TValue>>(options.EntriesMax);
        _startedAt = time.GetTimestamp();
        _timer = time.CreateTimer(static cache => ((TwoLevelCache<TKey, TValue>)cache!).ReadClock(), this, Tick, Tick);
    }

    /// <summary>Entries of level 1.</summary>
    public int Count => _entries.Count;

    /// <summary>Look-ups that level 1 answered with a value.</summary>
    public long Hits => Volatile.Read(ref _hits);

    /// <summary>Look-ups that level 1 answered with <i>absent</i>.</summary>
    public long AbsentHits => Volatile.Read(ref _absentHits);

    /// <summary>Look-ups in level 2.</summary>
    public long Loads => Volatile.Read(ref _loaded);

    /// <summary>Look-ups in level 2 that failed.</summary>
    public long LoadFailures => Volatile.Read(ref _failures);

    /// <summary>Asks level 1 alone. True when it knows: then <paramref name="value"/> is the value, or null for a key that has none.</summary>
    public bool TryGet(TKey key, out TValue? value)
    {
        if (!TryPeek(key, out value))
        {
            return false;
        }

        Interlocked.Increment(ref value.HasValue ? ref _hits : ref _absentHits);
        return true;
    }

    /// <summary>The same, not counted.</summary>
    public bool TryPeek(TKey key, out TValue? value)
    {
        if (_entries.TryGet(key, out var entry) && entry.UntilMs > Volatile.Read(ref _nowMs))
        {
            value = entry.Value;
            return true;
        }

        value = null;
        return false;
    }

    /// <summary>Asks level 1, then level 2. Fails as level 2 fails; a failure is not remembered.</summary>
    public ValueTask<TValue?> GetAsync(TKey key, CancellationToken cancellationToken)
        => TryGet(key, out var value) ? new ValueTask<TValue?>(value) : new ValueTask<TValue?>(Load(key).WaitAsync(cancellationToken));

    /// <summary>
    /// Forgets a key whose value has changed. A look-up that is under way may bring the value of before: its answer is not kept, and who asks from now on
    /// does not get it.
    /// </summary>
    public void Drop(TKey key)
    {
        if (_loads.TryGetValue(key, out var load))
        {
            load.Outdate();
        }

        _entries.TryRemove(key); // after the look-up: what it kept before it became outdated goes as well
    }

    /// <summary>Forgets everything, as when level 2 has lost its data.</summary>
    public void Clear()
    {
        foreach (var load in _loads.Values)
        {
            load.Outdate();
        }

        _entries.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private Task<TValue?> Load(TKey key)
    {
        while (true)
        {
            if (!_loads.TryGetValue(key, out var running))
            {
                var first = new CacheLoad<TValue>();
                if (_loads.TryAdd(key, first))
                {
                    return Run(key, first);
                }
            }
            else if (!running.IsOutdated)
            {
                return running.Task;
            }
            else
            {
                var next = new CacheLoad<TValue>();
                if (_loads.TryUpdate(key, next, running))
                {
                    return Run(key, next);
                }
            }
        }
    }

    private Task<TValue?> Run(TKey key, CacheLoad<TValue> load)
    {
        _ = RunAsync(key, load);
        return load.Task;
    }

    private async Task RunAsync(TKey key, CacheLoad<TValue> load)
    {
        Interlocked.Increment(ref _loaded);
        var started = _time.GetTimestamp();
        try
        {
            var value = await _level2(key, CancellationToken.None).ConfigureAwait(false);
            CacheMeters.LoadDuration.Record(_time.GetElapsedTime(started).TotalSeconds, _label);
            load.Keep((Cache: this, Key: key, Value: value), static s => s.Cache.Keep(s.Key, s.Value));
            _loads.TryRemove(KeyValuePair.Create(key, load));
            load.Answer(value);
        }
        catch (Exception e)
        {
            Interlocked.Increment(ref _failures);
            _loads.TryRemove(KeyValuePair.Create(key, load));
            load.Fail(e);
        }
    }

    private void Keep(TKey key, TValue? value)
    {
        var keepMs = value is null ? _options.KeepAbsentMs : _options.KeepMs;
        _entries.AddOrUpdate(key, new CacheEntry<TValue>(value, ReadClock() + keepMs));
    }

    private long ReadClock()
    {
        var now = (long)_time.GetElapsedTime(_startedAt).TotalMilliseconds;
        Volatile.Write(ref _nowMs, now);
        return now;
    }
}
