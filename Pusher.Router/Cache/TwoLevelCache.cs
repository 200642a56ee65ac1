using System.Collections.Concurrent;
using BitFaster.Caching.Counters;
using BitFaster.Caching.Lru;

namespace Pusher.Router.Cache;

/// <summary>
/// A bounded table of this process (level 1) before a slower, shared one (level 2). Level 1 also remembers that a key has no value, for a shorter
/// time and beside the values. However many ask for a key at once, level 2 is asked once.
/// </summary>
/// <remarks>
/// Threading: any thread. A hit takes no lock and allocates nothing. Time is a number that a timer moves on every tenth of a second: reading the clock
/// would cost as much as the look-up. Hits are counted in cells by thread, for the same reason.
/// </remarks>
public sealed class TwoLevelCache<TKey, TValue> : IDisposable
    where TKey : notnull
    where TValue : struct
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly FastConcurrentLru<TKey, CacheEntry<TValue>> _entries;
    private readonly FastConcurrentLru<TKey, long> _absent; // until when
    private readonly ConcurrentDictionary<TKey, CacheLoad<TValue>> _loads = new();
    private readonly Func<TKey, CancellationToken, ValueTask<TValue?>> _level2;
    private readonly Func<TValue, Lifetime?>? _lifetimeOf;
    private readonly CacheOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly KeyValuePair<string, object?> _label;
    private readonly long _startedAt;
    private readonly Counter _hits = new();
    private readonly Counter _absentHits = new();
    private long _nowMs;
    private long _loaded;
    private long _reloaded;
    private long _invalidated;
    private long _failures;

    /// <param name="level2">Looks a key up; null = it has no value. Called for one key once at a time.</param>
    /// <param name="options">Its bounds.</param>
    /// <param name="time">The clock.</param>
    /// <param name="lifetimeOf">What a value depends on besides its time, asked once when it is kept; null = nothing.</param>
    public TwoLevelCache(
        Func<TKey, CancellationToken, ValueTask<TValue?>> level2,
        CacheOptions options,
        TimeProvider time,
        Func<TValue, Lifetime?>? lifetimeOf = null)
    {
        options.Validate();
        _level2 = level2;
        _lifetimeOf = lifetimeOf;
        _options = options;
        _time = time;
        _label = new KeyValuePair<string, object?>("cache", options.Name);
        _entries = new FastConcurrentLru<TKey, CacheEntry<TValue>>(options.EntriesMax);
        _absent = new FastConcurrentLru<TKey, long>(options.AbsentMax);
        _startedAt = time.GetTimestamp();
        _timer = time.CreateTimer(static cache => ((TwoLevelCache<TKey, TValue>)cache!).ReadClock(), this, Tick, Tick);
    }

    /// <summary>What is cached: the <c>cache</c> label of the meters.</summary>
    public string Name => _options.Name;

    /// <summary>Values in level 1.</summary>
    public int Count => _entries.Count;

    /// <summary>Keys of which level 1 knows that they have none.</summary>
    public int AbsentCount => _absent.Count;

    /// <summary>Look-ups that level 1 answered with a value.</summary>
    public long Hits => _hits.Count();

    /// <summary>Look-ups that level 1 answered with <i>absent</i>.</summary>
    public long AbsentHits => _absentHits.Count();

    /// <summary>Those of <see cref="Loads"/> for a key that level 1 had, but not any more believed. The others are the first for their key since it was invalidated or pushed out, or at all.</summary>
    public long Reloads => Volatile.Read(ref _reloaded);

    /// <summary>Keys that were told to have changed, and times that all were.</summary>
    public long Invalidations => Volatile.Read(ref _invalidated);

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

        (value.HasValue ? _hits : _absentHits).Increment();
        return true;
    }

    /// <summary>The same, not counted.</summary>
    public bool TryPeek(TKey key, out TValue? value)
    {
        if (_entries.TryGet(key, out var entry) && entry.UntilMs > Volatile.Read(ref _nowMs) && !entry.IsVoid)
        {
            value = entry.Value;
            return true;
        }

        value = null;
        return _absent.TryGet(key, out var untilMs) && untilMs > Volatile.Read(ref _nowMs);
    }

    /// <summary>Asks level 1, then level 2. Fails as level 2 fails; a failure is not remembered.</summary>
    public ValueTask<TValue?> GetAsync(TKey key, CancellationToken cancellationToken)
        => TryGet(key, out var value) ? new ValueTask<TValue?>(value) : new ValueTask<TValue?>(Load(key).WaitAsync(cancellationToken));

    /// <summary>Asks level 2 whatever level 1 says, and keeps the answer.</summary>
    public ValueTask<TValue?> ReloadAsync(TKey key, CancellationToken cancellationToken) => new(Load(key).WaitAsync(cancellationToken));

    /// <summary>The last value of a key, though its time may be over: for when level 2 cannot be asked. Not what was dropped, or known to be absent since.</summary>
    public bool TryPeekOld(TKey key, out TValue value)
    {
        var isThere = _entries.TryGet(key, out var entry);
        value = entry.Value;
        return isThere;
    }

    /// <summary>
    /// Forgets a key whose value has changed. A look-up that is under way may bring the value of before: its answer is not kept, and who asks from now on
    /// does not get it.
    /// </summary>
    public void Drop(TKey key)
    {
        Interlocked.Increment(ref _invalidated);
        if (_loads.TryGetValue(key, out var load))
        {
            load.Outdate();
        }

        _entries.TryRemove(key); // after the look-up: what it kept before it became outdated goes as well
        _absent.TryRemove(key);
    }

    /// <summary>
    /// Keeps a value that somebody who knows has told. A look-up that is under way may bring the value of before: its answer is not kept.
    /// </summary>
    public void Set(TKey key, TValue value)
    {
        Interlocked.Increment(ref _invalidated);
        if (_loads.TryGetValue(key, out var load))
        {
            load.Outdate();
        }

        Keep(key, value);
    }

    /// <summary>Forgets everything, as when level 2 has lost its data.</summary>
    public void Clear()
    {
        Interlocked.Increment(ref _invalidated);
        foreach (var load in _loads.Values)
        {
            load.Outdate();
        }

        _entries.Clear();
        _absent.Clear();
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
        if (_entries.TryGet(key, out _) || _absent.TryGet(key, out _))
        {
            Interlocked.Increment(ref _reloaded);
        }

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

    // Both tables may have the key for a moment; the value counts.
    private void Keep(TKey key, TValue? value)
    {
        if (value is { } known)
        {
            _entries.AddOrUpdate(key, new CacheEntry<TValue>(known, ReadClock() + _options.KeepMs, _lifetimeOf?.Invoke(known)));
            _absent.TryRemove(key);
        }
        else
        {
            _absent.AddOrUpdate(key, ReadClock() + _options.KeepAbsentMs);
            _entries.TryRemove(key);
        }
    }

    private long ReadClock()
    {
        var now = (long)_time.GetElapsedTime(_startedAt).TotalMilliseconds;
        Volatile.Write(ref _nowMs, now);
        return now;
    }
}
