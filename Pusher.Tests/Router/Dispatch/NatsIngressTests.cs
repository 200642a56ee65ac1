using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Router.Bus;
using Pusher.Router.Dispatch;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Dispatch;

/// <summary>The ingress from bytes on the bus to JSON on the bus.</summary>
public sealed class NatsIngressTests : IAsyncLifetime
{
    private readonly PublishBench _bench = new();
    private readonly InProcessBus _bus = new(NullLogger<InProcessBus>.Instance);
    private readonly ConcurrentQueue<JsonElement> _answers = new();
    private NatsIngress _ingress = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _ingress = new NatsIngress(_bus, _bench.Dispatcher, NullLogger<NatsIngress>.Instance);
        await _ingress.StartAsync(Cancel);
        await _bus.SubscribeAsync("inbox.>", null, m => _answers.Enqueue(JsonDocument.Parse(m.Payload).RootElement.Clone()), Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _ingress.StopAsync();
        await _bus.DisposeAsync();
        _bench.Dispose();
    }

    [Fact]
    public async Task Message_Good_AnsweredWithEveryMember()
    {
        _bench.Bell.Online = true;
        _bench.Bell.LastSeenUnixMs = 1_772_366_400_123;
        var answer = await AskAsync("pusher.pub.acme.device.printer-1", ("Pusher-Id", "order-7"), ("Pusher-Ttl", "5m"), ("Pusher-Priority", "9"), ("traceparent", "x"));
        var stored = _bench.Store.Dump().Single();
        Assert.Equal(
            $$"""{"status":"ok","message_id":"{{stored.MessageId}}","stream":{{stored.Stream}},"seq":1,"duplicate":false,"queue_depth":1,"online":true,"last_seen":"2026-03-01T12:00:00.123Z","retry":false}""",
            answer.GetRawText());
        Assert.Equal("order-7", stored.PublisherId);
        Assert.Equal(stored.AcceptedAtUnixMs + 300_000, stored.ExpiresAtUnixMs);
        Assert.Equal(9, _bench.Bell.Messages.Single().Message.Priority);
    }

    [Theory]
    [InlineData("Pusher-Collapse", "x", "Pusher-Collapse is not known")]
    [InlineData("pusher-something", "x", "pusher-something is not known")]
    [InlineData("Pusher-Ttl", "soon", "Pusher-Ttl")]
    [InlineData("Pusher-Qos", "2", "Pusher-Qos")]
    [InlineData("Pusher-Priority", "256", "Pusher-Priority")]
    [InlineData("Pusher-Id", "", "Pusher-Id")]
    [InlineData("Nats-Msg-Id", "a b", "Nats-Msg-Id")]
    public async Task Message_BadHeader_BadRequestNamesIt(string name, string value, string part)
    {
        var answer = await AskAsync("pusher.pub.acme.device.printer-1", (name, value));
        Assert.Equal("bad_request", answer.GetProperty("status").GetString());
        Assert.False(answer.GetProperty("retry").GetBoolean());
        Assert.Contains(part, answer.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Empty(_bench.Store.Dump());
    }

    [Theory]
    [InlineData("pusher.pub.acme.store.s1")]
    [InlineData("pusher.pub.acme.tag.kitchen")]
    public async Task Message_TargetNotServed_AnsweredNotSilent(string subject)
    {
        var answer = await AskAsync(subject);
        Assert.Equal("bad_request", answer.GetProperty("status").GetString());
        Assert.Contains("not served by this version", answer.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("printer-\uFF11")] // a full-width 1
    [InlineData("pr\u012Bnter-1")] // an i with a macron
    public async Task Message_NameThatOnlyLooksLikeADevice_Refused(string device)
    {
        var answer = await AskAsync($"pusher.pub.acme.device.{device}");
        Assert.Equal("bad_request", answer.GetProperty("status").GetString());
        Assert.Empty(_bench.Store.Dump());
    }

    [Fact]
    public async Task Message_BothIds_PusherIdWins()
    {
        await AskAsync("pusher.pub.acme.device.printer-1", ("Nats-Msg-Id", "n"), ("Pusher-Id", "p"));
        await AskAsync("pusher.pub.acme.device.printer-1", ("Pusher-Id", "q"), ("Nats-Msg-Id", "n"));
        Assert.Equal(["p", "q"], _bench.Store.Dump().Select(m => m.PublisherId));
    }

    [Fact]
    public async Task Message_NoReplySubject_StoredAllTheSame()
    {
        await _bus.PublishAsync("pusher.pub.acme.device.printer-1", "x"u8.ToArray(), null, Cancel);
        await Eventually.TrueAsync(() => _bench.Store.Dump().Count == 1);
    }

    [Fact]
    public async Task Message_ReplyIntoOurSubjects_NeverAnsweredThere()
    {
        await _bus.PublishAsync("pusher.pub.acme.device.printer-1", "x"u8.ToArray(), "pusher.pub.acme.device.printer-1", Cancel);
        await AskAsync("pusher.pub.acme.device.printer-1");
        Assert.Equal(2, _bench.Store.Dump().Count); // the two orders, no answer stored as a third
    }

    // A stream is purged by any request to this subject that this node may send.
    [Fact]
    public async Task Message_ReplyIntoTheServersSubjects_NeverAnsweredThere()
    {
        var requests = new ConcurrentQueue<BusMessage>();
        await _bus.SubscribeAsync("$JS.>", null, requests.Enqueue, Cancel);
        await _bus.PublishAsync("pusher.pub.acme.device.printer-1", "x"u8.ToArray(), "$JS.API.STREAM.PURGE.orders", Cancel);
        await AskAsync("pusher.pub.acme.device.printer-1"); // answers leave in order
        await _bus.PublishAsync("$JS.last", "x"u8.ToArray(), null, Cancel);
        await Eventually.TrueAsync(() => !requests.IsEmpty);
        Assert.Equal("$JS.last", Assert.Single(requests).Subject);
    }

    [Fact]
    public async Task Stop_MessagesTakenBefore_AreAnswered()
    {
        for (var i = 0; i < 100; i++)
        {
            await _bus.PublishAsync("pusher.pub.acme.device.printer-1", "x"u8.ToArray(), "inbox.a", Cancel);
        }

        await _ingress.StopAsync();
        await _bench.Dispatcher.CloseAsync();
        await Eventually.TrueAsync(() => _answers.Count == 100);
        Assert.All(_answers, a => Assert.Equal("ok", a.GetProperty("status").GetString()));
    }

    private async Task<JsonElement> AskAsync(string subject, params (string Name, string Value)[] headers)
    {
        var before = _answers.Count;
        _bus.Publish(new BusMessage(subject, "inbox.a", headers.ToDictionary(h => h.Name, h => h.Value, StringComparer.OrdinalIgnoreCase), "x"u8.ToArray()));
        await Eventually.TrueAsync(() => _answers.Count == before + 1);
        return _answers.Last();
    }
}
