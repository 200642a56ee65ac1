using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Messages;
using Pusher.Router.Bus;
using Pusher.Server.Http;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Server.Http;

public sealed class ReadinessTests : IAsyncLifetime
{
    private readonly PublishBench _bench = new();
    private readonly InProcessBus _bus = new(NullLogger<InProcessBus>.Instance);
    private readonly CollectingLogger<Readiness> _log = new();
    private Readiness _readiness = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _readiness = new Readiness(_bus, _bench.Store, _bench.Ids, _bench.Time, new ReadinessOptions { Node = "n1" }, _bench.Meter, _log);
        Assert.False(_readiness.Current.IsReady);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _readiness.DisposeAsync();
        await _bus.DisposeAsync();
        _bench.Dispose();
    }

    [Fact]
    public async Task Start_AllWell_ReadyAndQueueOfCanaryEmpty()
    {
        await _readiness.StartAsync(Cancel);
        await Eventually.TrueAsync(() => _readiness.Current.IsReady);
        Assert.Equal("ok", _readiness.Current.Reason);
        await Eventually.TrueAsync(() => _bench.Store.Dump().All(m => m.State == MessageState.Acked));
        Assert.All(_bench.Store.Dump(), m => Assert.Equal(Readiness.Tenant, m.Device.Tenant));
    }

    [Fact]
    public async Task Start_StoreGoesAndComes_NotReadyThenReadyAgain()
    {
        _bench.Store.IsUnavailable = true;
        await _readiness.StartAsync(Cancel);
        await AdvanceUntilAsync(() => _readiness.Current.Reason.Contains("Unavailable", StringComparison.Ordinal));
        _bench.Store.IsUnavailable = false;
        await AdvanceUntilAsync(() => _readiness.Current.IsReady);
        Assert.Equal(1, _log.Count("Not ready"));
    }

    [Fact]
    public async Task Start_StoreHangs_NotReadyAfterTheDeadline()
    {
        _bench.Store.IsManual = true;
        await _readiness.StartAsync(Cancel);
        await AdvanceUntilAsync(() => _readiness.Current.Reason == "the store did not answer within 3000 ms");
        Assert.False(_readiness.Current.IsReady);
    }

    [Fact]
    public async Task Start_BusGone_NotReadyNamesTheBus()
    {
        await _readiness.StartAsync(Cancel);
        await Eventually.TrueAsync(() => _readiness.Current.IsReady);
        await _bus.DisposeAsync();
        await AdvanceUntilAsync(() => _readiness.Current.Reason == "the bus is not connected");
    }

    [Fact]
    public async Task Drain_WhileReady_NotReadyForGood()
    {
        await _readiness.StartAsync(Cancel);
        await Eventually.TrueAsync(() => _readiness.Current.IsReady);
        _readiness.Drain();
        await _readiness.CheckAsync(Cancel);
        Assert.Equal("draining", _readiness.Current.Reason);
        Assert.False(_readiness.Current.IsReady);
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        _bench.Time.Advance(TimeSpan.FromMilliseconds(500));
        return condition();
    });
}
