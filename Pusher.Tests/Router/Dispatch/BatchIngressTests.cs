using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Batches;
using Pusher.Router.Bus;
using Pusher.Router.Dispatch;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Dispatch;

/// <summary>A batch from bytes on the bus to its one answer.</summary>
public sealed class BatchIngressTests : IAsyncLifetime
{
    private const string Subject = "pusher.pub.acme.batch";
    private readonly PublishBench _bench = new(new DispatchOptions { InFlightMax = 8, PayloadBytesMax = 1_000 });
    private readonly InProcessBus _bus = new(NullLogger<InProcessBus>.Instance);
    private readonly ConcurrentQueue<byte[]> _answers = new();
    private NatsIngress _ingress = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static byte[] Three => BatchBytes.Of(("printer-1", "a", "1"), ("printer-1", null, "2"), ("printer-1", "c", "3"));

    private IEnumerable<string?> StoredIds => _bench.Store.Dump().Select(m => m.PublisherId);

    public async ValueTask InitializeAsync()
    {
        _ingress = new NatsIngress(_bus, _bench.Dispatcher, NullLogger<NatsIngress>.Instance);
        await _ingress.StartAsync(Cancel);
        await _bus.SubscribeAsync("inbox.>", null, m => _answers.Enqueue(m.Payload.ToArray()), Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _ingress.StopAsync();
        await _bus.DisposeAsync();
        _bench.Dispose();
    }

    [Fact]
    public async Task Batch_Good_OneAnswerWithEachResultInOrder()
    {
        _bench.Bell.Online = true;
        var answer = await AskAsync(Three);
        var stored = _bench.Store.Dump();
        Assert.Equal((0, ""), (answer.Status, answer.Error));
        Assert.Equal(
            stored.Select((m, i) => new BatchBytes.Result(0, m.MessageId, m.Stream, (ulong)i + 1, false, false, i + 1, true, null, "")),
            answer.Results);
        Assert.Equal(["a", null, "c"], StoredIds);
        Assert.Equal(["1", "2", "3"], _bench.Bell.Messages.Select(m => System.Text.Encoding.ASCII.GetString(m.Message.Payload.Span)));
    }

    [Fact]
    public async Task Batch_Options_AreThoseOfASinglePublish()
    {
        await AskAsync(BatchBytes.Of(new BatchBytes.Entry("printer-1", "a", [1], TtlMs: 300_000, Priority: 9), new BatchBytes.Entry("printer-1", "b", [2], TtlMs: 0)));
        var stored = _bench.Store.Dump();
        Assert.Equal([stored[0].AcceptedAtUnixMs + 300_000, 0], stored.Select(m => m.ExpiresAtUnixMs));
        Assert.Equal([9, 0], _bench.Bell.Messages.Select(m => (int)m.Message.Priority));
    }

    [Fact]
    public async Task Batch_SameIdTwice_SecondIsTheDuplicateOfTheFirst()
    {
        var answer = await AskAsync(BatchBytes.Of(("printer-1", "a", "first"), ("printer-1", "b", "other"), ("printer-1", "a", "second")));
        Assert.Equal([0, 0, 1], answer.Results.Select(r => (int)r.Status));
        Assert.Equal((answer.Results[0].MessageId, answer.Results[0].Seq, true), (answer.Results[2].MessageId, answer.Results[2].Seq, answer.Results[2].IsDuplicate));
        Assert.Equal(["a", "b"], StoredIds);
    }

    [Fact]
    public async Task Batch_PublishedAgain_AllAreDuplicates()
    {
        var batch = BatchBytes.Of(("printer-1", "a", "1"), ("printer-1", "b", "2"));
        var first = await AskAsync(batch);
        var again = await AskAsync(batch);
        Assert.All(again.Results, r => Assert.True(r is { Status: 1, IsDuplicate: true, MayRetry: false }));
        Assert.Equal(first.Results.Select(r => r.MessageId), again.Results.Select(r => r.MessageId));
        Assert.Equal(2, _bench.Store.Dump().Count);
    }

    [Fact]
    public async Task Batch_BadEntries_RefuseThemselvesOnly()
    {
        var answer = await AskAsync(BatchBytes.Of(
            new BatchBytes.Entry("printer-1", "a", [1]),
            new BatchBytes.Entry("nobody", "b", [1]),
            new BatchBytes.Entry("no such name", "c", [1]),
            new BatchBytes.Entry("printer-1", "with space", [1]),
            new BatchBytes.Entry("printer-1", "", [1]),
            new BatchBytes.Entry("printer-1", "d", new byte[1_001]),
            new BatchBytes.Entry("printer-1", "e", [1], TtlMs: PublishTtl.Max + 1),
            new BatchBytes.Entry("printer-1", "f", [1], Qos: 0),
            new BatchBytes.Entry("printer-1", "g", [1], Qos: 2),
            new BatchBytes.Entry("printer-1", "z", new byte[1_000])));
        Assert.Equal([0, 4, 7, 7, 7, 3, 7, 7, 7, 0], answer.Results.Select(r => (int)r.Status));
        Assert.All(answer.Results, r => Assert.Equal(r.Status == 0, r.Error.Length == 0));
        Assert.All(answer.Results, r => Assert.Equal(r.Status == 0, r.MessageId != 0));
        Assert.Equal(["a", "z"], StoredIds);
    }

    // Another tenant can only be named in the subject, which nats-server guards.
    [Theory]
    [InlineData("other/printer-1")]
    [InlineData("other.printer-1")]
    [InlineData("other.device.printer-1")]
    [InlineData("*")]
    [InlineData(">")]
    [InlineData("printer-\uFF11")] // a full-width 1
    public async Task Batch_EntryThatNamesMoreThanADevice_Refused(string device)
    {
        var answer = await AskAsync(BatchBytes.Of((device, "a", "x")));
        Assert.Equal(7, answer.Results.Single().Status);
        Assert.Empty(_bench.Store.Dump());
    }

    [Fact]
    public async Task Batch_OfAnotherTenant_ReachesNoDeviceOfThisOne()
    {
        var answer = await AskAsync(Three, "pusher.pub.other.batch");
        Assert.All(answer.Results, r => Assert.Equal(4, r.Status));
        Assert.Empty(_bench.Store.Dump());
    }

    [Fact]
    public async Task Batch_CutAnywhere_OneErrorAndNothingStored()
    {
        for (var length = 0; length < Three.Length; length++)
        {
            var answer = await AskAsync(Three[..length]);
            Assert.Equal((7, 0), (answer.Status, answer.Results.Count));
            Assert.Contains("nothing was stored", answer.Error, StringComparison.Ordinal);
        }

        Assert.Empty(_bench.Store.Dump());
        Assert.Equal(3, (await AskAsync(Three)).Results.Count); // the control
    }

    [Theory]
    [InlineData("Pusher-Ttl")]
    [InlineData("pusher-id")]
    [InlineData("nats-msg-id")]
    [InlineData("Pusher-Qos")]
    public async Task Batch_WithAnOptionInAHeader_Refused(string name)
    {
        var answer = await AskAsync(Three, Subject, (name, "1"));
        Assert.Equal((7, 0), (answer.Status, answer.Results.Count));
        Assert.Empty(_bench.Store.Dump());
        Assert.Equal(3, (await AskAsync(Three, Subject, ("traceparent", "x"))).Results.Count);
    }

    [Fact]
    public async Task Batch_StoreStillWriting_AnswersWhenTheLastIsCertain()
    {
        _bench.Store.IsManual = true;
        await PublishAsync(Three, "inbox.a");
        await Eventually.TrueAsync(() => _bench.Store.Unflushed == 3);
        _bench.Store.Flush(2);
        await _ingress.WaitUntilAnsweredAsync();
        Assert.Empty(_answers);
        _bench.Store.Flush();
        await Eventually.TrueAsync(() => _answers.Count == 1);
        Assert.All(Answer().Results, r => Assert.Equal(0, r.Status));
    }

    [Fact]
    public async Task Batch_StoreDiesBeforeTheLast_NoAnswerAtAll()
    {
        _bench.Store.IsManual = true;
        await PublishAsync(Three, "inbox.a");
        await Eventually.TrueAsync(() => _bench.Store.Unflushed == 3);
        _bench.Store.Flush(2);
        _bench.Store.Crash();
        await _ingress.WaitUntilAnsweredAsync();
        Assert.Empty(_answers);
    }

    [Fact]
    public async Task Batch_StoreUnavailable_NoFalseOk()
    {
        _bench.Store.IsUnavailable = true;
        var answer = await AskAsync(Three);
        Assert.All(answer.Results, r => Assert.True(r is { Status: 6, MayRetry: true, MessageId: 0, Seq: 0 }));
        _bench.Store.IsUnavailable = false;
        Assert.All((await AskAsync(Three)).Results, r => Assert.Equal(0, r.Status)); // nothing was stored: no duplicate
    }

    [Fact]
    public async Task Batch_WayToTheStoreBreaks_EachIsUnknown()
    {
        _bench.Store.IsManual = true;
        await PublishAsync(Three, "inbox.a");
        await Eventually.TrueAsync(() => _bench.Store.Unflushed == 3);
        _bench.Store.BreakConnection(1);
        await Eventually.TrueAsync(() => _answers.Count == 1);
        Assert.All(Answer().Results, r => Assert.True(r is { Status: 8, MayRetry: true, MessageId: 0 }));
    }

    [Fact]
    public async Task Batch_MoreThanMayBeUnderWay_RestIsRefusedEachForItself()
    {
        _bench.Store.IsManual = true;
        await PublishAsync(BatchBytes.Of([.. Enumerable.Range(0, 12).Select(i => ("printer-1", (string?)$"i{i}", "x"))]), "inbox.a");
        await Eventually.TrueAsync(() => _bench.Store.Unflushed == 8);
        Assert.Empty(_answers);
        _bench.Store.Flush();
        await Eventually.TrueAsync(() => _answers.Count == 1);
        Assert.Equal([.. Enumerable.Repeat(0, 8), .. Enumerable.Repeat(6, 4)], Answer().Results.Select(r => (int)r.Status));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"i{i}"), StoredIds);
        Assert.Equal(0, _bench.Dispatcher.InFlight);
    }

    [Fact]
    public async Task Batch_NoReplySubject_StoredAllTheSame()
    {
        await PublishAsync(Three, null);
        await PublishAsync([0x92], null);
        await Eventually.TrueAsync(() => _bench.Store.Dump().Count == 3);
    }

    [Fact]
    public async Task Batch_ReplyIntoOurSubjects_NeverAnsweredThere()
    {
        await PublishAsync(Three, Subject);
        await AskAsync(BatchBytes.Of(("printer-1", "z", "x")));
        Assert.Equal(4, _bench.Store.Dump().Count);
    }

    [Fact]
    public async Task Batch_QosZero_IsHandedOverAndNotStored()
    {
        _bench.Unstored.Reach = new UnstoredReach(1, 0);
        var answer = await AskAsync(BatchBytes.Of(new BatchBytes.Entry("printer-1", null, [1], Qos: 0), new BatchBytes.Entry("printer-1", "a", [2])));
        Assert.Equal([1, null], answer.Results.Select(r => r.Reached));
        Assert.Equal([0, 0], answer.Results.Select(r => (int)r.Status));
        Assert.Equal((0u, 0ul), (answer.Results[0].Stream, answer.Results[0].Seq));
        Assert.Single(_bench.Unstored.ToDevices);
        Assert.Equal(["a"], StoredIds);
    }

    [Fact]
    public async Task Batch_Largest_IsAnsweredWithinItsBound()
    {
        var entries = Enumerable.Range(0, BatchFormat.EntriesMax).Select(i => new BatchBytes.Entry("bad name", $"i{i}", [1]));
        await PublishAsync(BatchBytes.Of([.. entries]), "inbox.a");
        await Eventually.TrueAsync(() => _answers.Count == 1);
        Assert.InRange(_answers.First().Length, 1, BatchFormat.AnswerBytesMax);
        Assert.Equal(BatchFormat.EntriesMax, Answer().Results.Count(r => r.Status == 7));
    }

    [Fact]
    public async Task Batch_NodeGoesDown_EachIsRefused()
    {
        await _bench.Dispatcher.CloseAsync();
        Assert.All((await AskAsync(Three)).Results, r => Assert.True(r is { Status: 6, MayRetry: true }));
        Assert.Empty(_bench.Store.Dump());
    }

    [Fact]
    public void Statuses_OnTheWire_HaveTheNumbersOfTheContract()
        => Assert.Equal(
            ["ok", "duplicate", "queue_full", "too_large", "unknown_device", "unauthorized", "store_unavailable", "bad_request", "unknown"],
            Enumerable.Range(0, PublishStatusText.Count).Select(i => ((PublishStatus)i).Name()));

    private async Task<BatchBytes.Answer> AskAsync(byte[] batch, string subject = Subject, params (string Name, string Value)[] headers)
    {
        var before = _answers.Count;
        _bus.Publish(new BusMessage(subject, "inbox.a", headers.ToDictionary(h => h.Name, h => h.Value, StringComparer.OrdinalIgnoreCase), batch));
        await Eventually.TrueAsync(() => _answers.Count == before + 1);
        return Answer();
    }

    private Task PublishAsync(byte[] batch, string? replyTo) => _bus.PublishAsync(Subject, batch, replyTo, Cancel).AsTask();

    private BatchBytes.Answer Answer() => BatchBytes.Read(_answers.Last());
}
