using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Protocol;
using Pusher.Router.Bus;
using Pusher.Router.Dispatch;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Dispatch;

public sealed class SweeperTests : IAsyncLifetime
{
    private readonly PublishBench _bench = new();
    private readonly InProcessBus _bus = new(NullLogger<InProcessBus>.Instance);
    private readonly ConcurrentQueue<(string Subject, JsonElement Body)> _events = new();
    private readonly CollectingLogger<Sweeper> _log = new();
    private EventPublisher _publisher = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _publisher = new EventPublisher(_bus, _bench.Time, _bench.Meter, NullLogger<EventPublisher>.Instance);
        await _bus.SubscribeAsync("pusher.evt.>", null, m => _events.Enqueue((m.Subject, JsonDocument.Parse(m.Payload).RootElement.Clone())), Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _bus.DisposeAsync();
        _bench.Dispose();
    }

    [Fact]
    public async Task Turn_Expired_EventOnceAndNoRing()
    {
        await using var sweeper = Create();
        var id = _bench.Publish(p => { p.TtlMs = 1_000; p.PublisherId = "late"; }).Reply.MessageId;
        _bench.Time.Advance(TimeSpan.FromSeconds(30));
        await sweeper.TurnAsync(Cancel);
        await sweeper.TurnAsync(Cancel);
        _publisher.Receipt(PublishBench.Printer, 5, DeliveryResult.OutOfPaper, "tray 2"); // a marker behind it

        await Eventually.TrueAsync(() => _events.Count >= 2);
        Assert.Equal(2, _events.Count);
        var (subject, body) = _events.First();
        Assert.Equal("pusher.evt.acme.dead.printer-1", subject);
        Assert.Equal("expired", body.GetProperty("state").GetString());
        Assert.Equal(id.ToString(), body.GetProperty("message_id").GetString());
        Assert.Equal("late", body.GetProperty("publisher_id").GetString());
        Assert.Equal("out_of_paper", _events.Last().Body.GetProperty("result").GetString());
        Assert.Empty(_bench.Bell.Streams);
    }

    [Fact]
    public async Task Turn_WaitingMessages_RungWhenOldEnough()
    {
        await using var sweeper = Create();
        var reply = _bench.Publish().Reply;
        await sweeper.TurnAsync(Cancel);
        Assert.Empty(_bench.Bell.Streams);

        _bench.Time.Advance(TimeSpan.FromSeconds(5));
        await sweeper.TurnAsync(Cancel);
        Assert.Equal((PublishBench.Printer, reply.Stream, 1UL), _bench.Bell.Streams.Single());

        _bench.Store.Acknowledge(PublishBench.Printer, reply.Stream, 1);
        await sweeper.TurnAsync(Cancel);
        Assert.Single(_bench.Bell.Streams);
    }

    [Fact]
    public async Task Turn_ManyStreams_PagedBoundedAndGoesOn()
    {
        var devices = Enumerable.Range(0, 25).Select(i => new Pusher.Core.Identity.DeviceKey("acme", $"d{i:00}")).ToArray();
        foreach (var device in devices)
        {
            _bench.Store.Append(new RecordedAppend { Device = device, MessageId = _bench.Ids.Next(), Payload = new byte[1], AcceptedAtUnixMs = 1 });
        }

        await using var sweeper = Create(new SweeperOptions { PageSize = 4, StreamsPerTurnMax = 10 });
        await sweeper.TurnAsync(Cancel);
        Assert.InRange(_bench.Bell.Streams.Count, 10, 13);
        await sweeper.TurnAsync(Cancel);
        await sweeper.TurnAsync(Cancel);
        Assert.Equal(devices, _bench.Bell.Streams.Select(s => s.Device).Take(25));
        _bench.Time.Advance(TimeSpan.FromSeconds(2));
        await sweeper.TurnAsync(Cancel);
        Assert.Equal(devices[0], _bench.Bell.Streams.ElementAt(25).Device);
    }

    // A turn a second for two minutes: at 0, 2, 6, 14, 30, 60, 90 and 120 s.
    [Fact]
    public async Task Turn_DeviceStaysWaiting_IsRungForMoreAndMoreSeldom()
    {
        await using var sweeper = Create(new SweeperOptions { WaitingAgeMs = 0 });
        var stream = _bench.Publish().Reply.Stream;
        await TurnsAsync(sweeper, 121);
        Assert.Equal(8, _bench.Bell.Streams.Count);

        _bench.Store.Acknowledge(PublishBench.Printer, stream, 1);
        await TurnsAsync(sweeper, 1);
        _bench.Publish();
        await TurnsAsync(sweeper, 1);
        Assert.Equal((PublishBench.Printer, stream, 2UL), _bench.Bell.Streams.Last()); // it had not been waiting in between
        Assert.Equal(9, _bench.Bell.Streams.Count);
    }

    // With news each turn the pause is the age at which a ring counts as lost, 5 s; every fifth turn.
    [Fact]
    public async Task Turn_SlowDeviceThatGetsMore_IsNotRungForAtEveryTurn()
    {
        await using var sweeper = Create();
        _bench.Publish();
        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        await TurnsAsync(sweeper, 20);
        var before = _bench.Bell.Streams.Count;
        for (var i = 0; i < 50; i++)
        {
            _bench.Publish();
            await TurnsAsync(sweeper, 1);
        }

        Assert.InRange(_bench.Bell.Streams.Count - before, 9, 11);
    }

    [Fact]
    public async Task Turn_StoreDown_ToldOnceThenGoesOn()
    {
        await using var sweeper = Create();
        _bench.Publish();
        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        _bench.Store.IsUnavailable = true;
        await sweeper.TurnAsync(Cancel);
        await sweeper.TurnAsync(Cancel);
        _bench.Store.IsUnavailable = false;
        await sweeper.TurnAsync(Cancel);
        Assert.Equal(1, _log.Count("cannot read"));
        Assert.Equal(1, _log.Count("reads the store again"));
        Assert.Single(_bench.Bell.Streams);
    }

    [Fact]
    public async Task Start_TimePasses_TurnsByItselfUntilStopped()
    {
        var sweeper = Create(new SweeperOptions { IntervalMs = 1_000, WaitingAgeMs = 0 });
        _bench.Publish();
        sweeper.Start();
        await Eventually.TrueAsync(() =>
        {
            _bench.Time.Advance(TimeSpan.FromSeconds(1));
            return _bench.Bell.Streams.Count >= 3;
        });
        await sweeper.StopAsync();
        var rung = _bench.Bell.Streams.Count;
        _bench.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(rung, _bench.Bell.Streams.Count);
        await sweeper.DisposeAsync();
    }

    [Fact]
    public async Task Up_DeviceEvent_PublishedWithPayload()
    {
        Assert.Equal(EventStatus.Ok, _publisher.Up(PublishBench.Printer, 9, "button", "go"u8));
        Assert.Equal(EventStatus.Rejected, _publisher.Up(PublishBench.Printer, 9, "a.b", "go"u8));
        await Eventually.TrueAsync(() => _events.Count == 1);
        var (subject, body) = _events.Single();
        Assert.Equal("pusher.evt.acme.up.printer-1", subject);
        Assert.Equal("go"u8.ToArray(), body.GetProperty("payload").GetBytesFromBase64());
        await _bus.DisposeAsync();
        Assert.Equal(EventStatus.Unavailable, _publisher.Up(PublishBench.Printer, 9, "button", "go"u8));
    }

    private async Task TurnsAsync(Sweeper sweeper, int turns)
    {
        for (var i = 0; i < turns; i++)
        {
            await sweeper.TurnAsync(Cancel);
            _bench.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private Sweeper Create(SweeperOptions? options = null)
        => new(_bench.Store, _bench.Bell, _publisher, _bench.Time, options ?? new SweeperOptions(), _bench.Meter, _log);
}
