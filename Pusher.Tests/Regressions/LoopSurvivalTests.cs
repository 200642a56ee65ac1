using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Pusher.Router.Bus;
using Pusher.Router.Cluster;
using Pusher.Router.Dispatch;
using Pusher.Server.Http;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Regressions;

/// <summary>
/// One exception that nobody had thought of ended a loop for good, unseen: nothing expired any more and no lost ring was made good, or
/// readiness stayed at whatever it had been.
/// </summary>
public sealed class LoopSurvivalTests : IAsyncLifetime
{
    private readonly PublishBench _bench = new();
    private readonly FaultyBus _bus = new(new InProcessBus(NullLogger<InProcessBus>.Instance));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _bus.DisposeAsync();
        _bench.Dispose();
    }

    [Fact]
    public async Task Sweeper_TurnThrows_NextTurnSweeps()
    {
        var log = new CollectingLogger<Sweeper>();
        var events = new EventPublisher(_bus, _bench.Time, _bench.Meter, NullLogger<EventPublisher>.Instance);
        await using var sweeper = new Sweeper(_bench.Store, _bench.Bell, events, _bench.Time, new SweeperOptions { IntervalMs = 1_000 }, _bench.Meter, log);
        _bench.Publish();
        _bench.Bell.OnRingStream = static () => throw new InvalidOperationException("a defect of the doorbell");
        sweeper.Start();
        await AdvanceUntilAsync(() => log.Count("InvalidOperationException") > 0);
        _bench.Bell.OnRingStream = null;
        await AdvanceUntilAsync(() => !_bench.Bell.Streams.IsEmpty);
    }

    // On a reactor's thread: the exception would have ended the process.
    [Fact]
    public void Event_BusThrows_IsLostAndNothingElse()
    {
        var log = new CollectingLogger<EventPublisher>();
        var events = new EventPublisher(_bus, _bench.Time, _bench.Meter, log);
        _bus.IsBroken = true;
        events.Receipt(new DeviceKey("acme", "printer-1"), 1, DeliveryResult.Printed, null);
        Assert.Equal(1, log.Count("InvalidOperationException"));
    }

    [Fact]
    public async Task Outbox_BusThrows_TheNextEnvelopeIsSent()
    {
        await using var bus = new GatedBus();
        var counters = new ClusterCounters();
        var outbox = new NodeOutbox("pusher.int.s.node.n2", bus, new ClusterOptions { Site = "s", Node = "n1" }, counters, NullLogger.Instance);
        var first = bus.Hold();
        outbox.Add(new KickedEntry(1));
        await Eventually.TrueAsync(() => bus.Sent.Count == 1);
        first.SetException(new InvalidOperationException("a defect of the bus"));
        await Eventually.TrueAsync(() => counters.Dropped == 1);
        outbox.Add(new KickedEntry(2));
        await Eventually.TrueAsync(() => counters.Sent == 1);
    }

    [Fact]
    public async Task Readiness_CheckThrows_NotReadyThenReadyAgain()
    {
        await using var readiness = new Readiness(
            _bus, _bench.Store, _bench.Ids, _bench.Time, new ReadinessOptions { Node = "n1" }, _bench.Meter, NullLogger<Readiness>.Instance);
        await readiness.StartAsync(Cancel);
        await Eventually.TrueAsync(() => readiness.Current.IsReady);
        _bus.IsBroken = true;
        await AdvanceUntilAsync(() => !readiness.Current.IsReady);
        Assert.Contains("a defect of the bus", readiness.Current.Reason, StringComparison.Ordinal);
        _bus.IsBroken = false;
        await AdvanceUntilAsync(() => readiness.Current.IsReady);
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        _bench.Time.Advance(TimeSpan.FromMilliseconds(500));
        return condition();
    });
}
