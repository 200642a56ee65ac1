using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Pusher.Router.Cache;
using Xunit;

namespace Pusher.Tests.Router.Cache;

public sealed class TwoLevelCacheTests : IDisposable
{
    /// <summary>The value that depends on <see cref="_lifetime"/>.</summary>
    private const int Mortal = 42;

    private readonly FakeTimeProvider _time = new();
    private readonly ConcurrentDictionary<string, int> _level2 = new();
    private readonly ConcurrentQueue<TaskCompletionSource> _gates = new();
    private readonly TwoLevelCache<string, int> _cache;
    private readonly Lifetime _lifetime = new();
    private int _asked;
    private Exception? _failure;
    private bool _isGated;

    public TwoLevelCacheTests()
        => _cache = new TwoLevelCache<string, int>(
            LoadAsync,
            new CacheOptions { Name = "test", EntriesMax = 100, AbsentMax = 100, KeepMs = 60_000, KeepAbsentMs = 1_000 },
            _time,
            value => value == Mortal ? _lifetime : null);

    [Fact]
    public async Task GetAsync_Twice_AsksLevel2Once()
    {
        _level2["a"] = 1;
        Assert.False(_cache.TryGet("a", out _));
        Assert.Equal(1, await GetAsync("a"));
        Assert.Equal(1, await GetAsync("a"));
        Assert.True(_cache.TryGet("a", out var value));
        Assert.Equal(1, value);
        Assert.Equal((1, 1, 2, 0), (_asked, _cache.Loads, _cache.Hits, _cache.AbsentHits));
    }

    [Fact]
    public async Task GetAsync_Absent_IsRememberedForAShorterTime()
    {
        Assert.Null(await GetAsync("a"));
        Assert.Null(await GetAsync("a"));
        Assert.Equal((1, 1), (_asked, _cache.AbsentHits));
        _level2["a"] = 1;
        _time.Advance(TimeSpan.FromMilliseconds(1_001));
        Assert.Equal(1, await GetAsync("a"));
        _time.Advance(TimeSpan.FromMilliseconds(1_001));
        Assert.Equal(1, await GetAsync("a"));
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task GetAsync_AfterKeepTime_AsksAgain()
    {
        _level2["a"] = 1;
        await GetAsync("a");
        _level2["a"] = 2;
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(2, await GetAsync("a"));
    }

    [Fact]
    public async Task GetAsync_ManyAtOnce_ShareOneLookUp()
    {
        _isGated = true;
        _level2["a"] = 1;
        var asking = Enumerable.Range(0, 50).Select(_ => GetAsync("a")).ToArray();
        Open();
        Assert.All(await Task.WhenAll(asking), v => Assert.Equal(1, v));
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task GetAsync_Level2Fails_AllWhoWaitAreToldAndNothingIsRemembered()
    {
        _isGated = true;
        _failure = new IOException("level 2 is away");
        var first = GetAsync("a");
        var second = GetAsync("a");
        Open();
        await Assert.ThrowsAsync<IOException>(() => first);
        await Assert.ThrowsAsync<IOException>(() => second);
        Assert.Equal((1, 1), (_asked, _cache.LoadFailures));
        _failure = null;
        _isGated = false;
        _level2["a"] = 1;
        Assert.Equal(1, await GetAsync("a"));
    }

    [Fact]
    public async Task Drop_Known_AsksAgain()
    {
        _level2["a"] = 1;
        await GetAsync("a");
        _level2["a"] = 2;
        _cache.Drop("a");
        Assert.False(_cache.TryPeek("a", out _));
        Assert.Equal(2, await GetAsync("a"));
    }

    // The look-up read the old value, then the value changed, then the look-up's answer came.
    [Fact]
    public async Task Drop_WhileALookUpIsUnderWay_ItsAnswerIsNotKept()
    {
        _isGated = true;
        _level2["a"] = 1;
        var before = GetAsync("a");
        _level2["a"] = 2;
        _cache.Drop("a");
        var after = GetAsync("a");
        Open();
        Open();
        Assert.Equal(1, await before);
        Assert.Equal(2, await after);
        Assert.True(_cache.TryPeek("a", out var kept));
        Assert.Equal(2, kept);
    }

    [Fact]
    public async Task Clear_WhileALookUpIsUnderWay_NothingIsKept()
    {
        _level2["b"] = 1;
        await GetAsync("b");
        _isGated = true;
        _level2["a"] = 1;
        var before = GetAsync("a");
        _cache.Clear();
        Open();
        await before;
        Assert.False(_cache.TryPeek("a", out _));
        Assert.False(_cache.TryPeek("b", out _));
    }

    // Its time is an hour away, and no clock moves: only the lifetime says that it is over.
    [Fact]
    public async Task TryGet_LifetimeEnds_IsAMissAtOnce()
    {
        _level2["a"] = Mortal;
        _level2["b"] = 1;
        await GetAsync("a");
        await GetAsync("b");
        Assert.True(_cache.TryPeek("a", out _));
        _lifetime.End();
        Assert.False(_cache.TryGet("a", out _));
        Assert.True(_cache.TryGet("b", out _));
        _level2["a"] = 2;
        Assert.Equal(2, await GetAsync("a"));
    }

    [Fact]
    public async Task GetAsync_FloodOfAbsentKeys_PushesNoValueOut()
    {
        _level2["a"] = 1;
        await GetAsync("a");
        for (var i = 0; i < 5_000; i++)
        {
            await GetAsync($"none-{i}");
        }

        Assert.True(_cache.TryPeek("a", out _));
        Assert.InRange(_cache.AbsentCount, 1, 110);
    }

    [Fact]
    public async Task GetAsync_ValueComesAndGoes_OneTableHasTheKey()
    {
        await GetAsync("a");
        _time.Advance(TimeSpan.FromMilliseconds(1_001));
        _level2["a"] = 1;
        await GetAsync("a");
        Assert.Equal((1, 0), (_cache.Count, _cache.AbsentCount));
        _level2.TryRemove("a", out _);
        _cache.Drop("a");
        Assert.Equal((0, 0), (_cache.Count, _cache.AbsentCount));
        Assert.Null(await GetAsync("a"));
        Assert.Equal((0, 1), (_cache.Count, _cache.AbsentCount));
    }

    [Fact]
    public async Task Reloads_CountLookUpsThatAreNotTheFirstOfTheirKey()
    {
        _level2["a"] = 1;
        await GetAsync("a");
        _time.Advance(TimeSpan.FromSeconds(61));
        await GetAsync("a");
        _cache.Drop("a");
        await GetAsync("a");
        Assert.Equal((3, 1, 1), (_cache.Loads, _cache.Reloads, _cache.Invalidations));
    }

    [Fact]
    public async Task GetAsync_MoreThanFit_StaysBounded()
    {
        for (var i = 0; i < 1_000; i++)
        {
            _level2[$"key-{i}"] = i;
            await GetAsync($"key-{i}");
        }

        Assert.InRange(_cache.Count, 1, 110);
    }

    [Fact]
    public async Task GetAsync_Cancelled_OnlyThisOneStopsWaiting()
    {
        _isGated = true;
        _level2["a"] = 1;
        using var cancel = new CancellationTokenSource();
        var gone = _cache.GetAsync("a", cancel.Token).AsTask();
        var stays = GetAsync("a");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Open();
        Assert.Equal(1, await stays);
    }

    public void Dispose() => _cache.Dispose();

    private Task<int?> GetAsync(string key) => _cache.GetAsync(key, TestContext.Current.CancellationToken).AsTask();

    private void Open()
    {
        Assert.True(_gates.TryDequeue(out var gate));
        gate.SetResult();
    }

    // Reads at once and answers when its gate is opened, as an answer on a slow wire.
    private async ValueTask<int?> LoadAsync(string key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        int? value = _level2.TryGetValue(key, out var found) ? found : null;
        var failure = _failure;
        if (_isGated)
        {
            var gate = new TaskCompletionSource();
            _gates.Enqueue(gate);
            await gate.Task;
        }

        return failure is null ? value : throw failure;
    }
}
