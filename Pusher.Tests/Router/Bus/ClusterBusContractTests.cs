using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Pusher.Router.Bus;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Bus;

/// <summary>What every <see cref="IClusterBus"/> must do.</summary>
public abstract class ClusterBusContractTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A bus that is connected; <paramref name="capacity"/> is that of each subscription.</summary>
    protected abstract Task<IClusterBus> OpenAsync(int capacity = 1024);

    /// <summary>Publishes with headers, as a backend does.</summary>
    protected abstract ValueTask PublishWithHeadersAsync(IClusterBus bus, string subject, IReadOnlyDictionary<string, string> headers, byte[] payload);

    [Fact]
    public async Task Publish_OneSubscriber_GetsSubjectPayloadAndReply()
    {
        await using var bus = await OpenAsync();
        var got = new ConcurrentQueue<BusMessage>();
        await using var subscription = await bus.SubscribeAsync("t.one", null, got.Enqueue, Cancel);

        await bus.PublishAsync("t.one", "hello"u8.ToArray(), "t.answer", Cancel);

        await Eventually.TrueAsync(() => got.Count == 1);
        var message = got.Single();
        Assert.Equal("t.one", message.Subject);
        Assert.Equal("t.answer", message.ReplyTo);
        Assert.Equal("hello", Encoding.ASCII.GetString(message.Payload.Span));
        Assert.Null(message.Headers);
    }

    [Fact]
    public async Task SubscribeInPlace_Message_SubjectReplyHeadersAndPayloadInOrder()
    {
        await using var bus = await OpenAsync();
        var got = new ConcurrentQueue<string>();
        await using var subscription = await bus.SubscribeInPlaceAsync("p.>", "g", (in arrival) => got.Enqueue(Describe(in arrival)), Cancel);

        await bus.PublishAsync("p.plain", "one"u8.ToArray(), "t.answer", Cancel);
        await PublishWithHeadersAsync(bus, "p.headers", new Dictionary<string, string> { ["Pusher-Id"] = "order 7" }, "two"u8.ToArray());
        await bus.PublishAsync("p.empty", default, null, Cancel);

        await Eventually.TrueAsync(() => got.Count == 3);
        Assert.Equal(["p.plain t.answer [] one", "p.headers  [Pusher-Id=order 7] two", "p.empty  [] "], got);
    }

    [Fact]
    public async Task SubscribeInPlace_ReceiverThrows_TheNextMessageArrives()
    {
        await using var bus = await OpenAsync();
        var got = 0;
        await using var subscription = await bus.SubscribeInPlaceAsync(
            "p.one", null, (in arrival) => FailOnce(ref got), Cancel);

        await bus.PublishAsync("p.one", default, null, Cancel);
        await bus.PublishAsync("p.one", default, null, Cancel);

        await Eventually.TrueAsync(() => Volatile.Read(ref got) == 2);
    }

    [Fact]
    public async Task SubscribeInPlace_Disposed_HandsOverWhatWasTakenAndNoMore()
    {
        await using var bus = await OpenAsync();
        var got = 0;
        var subscription = await bus.SubscribeInPlaceAsync("p.one", null, (in _) => Interlocked.Increment(ref got), Cancel);
        for (var i = 0; i < 500; i++)
        {
            await bus.PublishAsync("p.one", default, null, Cancel);
        }

        await subscription.DisposeAsync();
        Assert.Equal(500, Volatile.Read(ref got));
        await bus.PublishAsync("p.one", default, null, Cancel);
        await using var other = await bus.SubscribeInPlaceAsync("p.two", null, (in _) => Interlocked.Exchange(ref got, -1), Cancel);
        await bus.PublishAsync("p.two", default, null, Cancel);
        await Eventually.TrueAsync(() => Volatile.Read(ref got) == -1);
    }

    private static void FailOnce(ref int calls)
    {
        if (Interlocked.Increment(ref calls) == 1)
        {
            throw new InvalidOperationException("a defect");
        }
    }

    private static string Describe(in BusArrival arrival)
    {
        var headers = new List<string>();
        var reader = new HeaderReader(arrival.Headers.ToArray());
        while (reader.TryRead(out var name, out var value))
        {
            headers.Add($"{Encoding.ASCII.GetString(name)}={Encoding.ASCII.GetString(value)}");
        }

        return $"{arrival.Subject} {arrival.ReplyTo} [{string.Join('|', headers)}] {Encoding.ASCII.GetString(arrival.Payload.ToArray())}";
    }

    [Fact]
    public async Task Publish_PayloadReusedByPublisher_ReceiverKeepsItsOwn()
    {
        await using var bus = await OpenAsync();
        var got = new ConcurrentQueue<BusMessage>();
        await using var subscription = await bus.SubscribeAsync("t.copy", null, got.Enqueue, Cancel);

        var buffer = new byte[] { 0 };
        for (byte i = 0; i < 100; i++)
        {
            buffer[0] = i;
            await bus.PublishAsync("t.copy", buffer, null, Cancel);
        }

        await Eventually.TrueAsync(() => got.Count == 100);
        Assert.Equal(Enumerable.Range(0, 100), got.Select(m => (int)m.Payload.Span[0]));
    }

    [Fact]
    public async Task Subscribe_Wildcards_OnlyMatchingArrive()
    {
        await using var bus = await OpenAsync();
        var star = new ConcurrentQueue<string>();
        var rest = new ConcurrentQueue<string>();
        await using var s1 = await bus.SubscribeAsync("w.*.x", null, m => star.Enqueue(m.Subject), Cancel);
        await using var s2 = await bus.SubscribeAsync("w.>", null, m => rest.Enqueue(m.Subject), Cancel);

        foreach (var subject in new[] { "w.a.x", "w.a.y", "w.b.x", "w.b.x.z", "v.a.x" })
        {
            await bus.PublishAsync(subject, default, null, Cancel);
        }

        await bus.PublishAsync("w.end", default, null, Cancel);
        await Eventually.TrueAsync(() => rest.Contains("w.end") && star.Count >= 2);
        Assert.Equal(["w.a.x", "w.b.x"], star);
        Assert.Equal(["w.a.x", "w.a.y", "w.b.x", "w.b.x.z", "w.end"], rest);
    }

    [Fact]
    public async Task Subscribe_QueueGroup_EachMessageToOneMember()
    {
        await using var bus = await OpenAsync();
        var got = new ConcurrentQueue<int>();
        var all = new ConcurrentQueue<int>();
        var members = new List<IAsyncDisposable>();
        var perMember = new int[3];
        for (var i = 0; i < perMember.Length; i++)
        {
            var member = i;
            members.Add(await bus.SubscribeAsync(
                "q.>", "workers", m => { Interlocked.Increment(ref perMember[member]); got.Enqueue(BitConverter.ToInt32(m.Payload.Span)); }, Cancel));
        }

        await using var alone = await bus.SubscribeAsync("q.*", null, m => all.Enqueue(BitConverter.ToInt32(m.Payload.Span)), Cancel);
        for (var i = 0; i < 300; i++)
        {
            await bus.PublishAsync("q.a", BitConverter.GetBytes(i), null, Cancel);
        }

        await Eventually.TrueAsync(() => got.Count >= 300 && all.Count >= 300);
        Assert.Equal(Enumerable.Range(0, 300), got.Order());
        Assert.Equal(Enumerable.Range(0, 300), all);
        Assert.All(perMember, count => Assert.True(count > 0, "a member got nothing"));
        foreach (var member in members)
        {
            await member.DisposeAsync();
        }
    }

    [Fact]
    public async Task Subscribe_ManyMessages_InOrderOnOneThreadAtATime()
    {
        await using var bus = await OpenAsync(capacity: 10_000);
        var got = new List<int>();
        var inside = 0;
        var overlapped = false;
        await using var subscription = await bus.SubscribeAsync(
            "o.x",
            null,
            m =>
            {
                overlapped |= Interlocked.Increment(ref inside) != 1;
                got.Add(BitConverter.ToInt32(m.Payload.Span));
                Interlocked.Decrement(ref inside);
            },
            Cancel);
        for (var i = 0; i < 5_000; i++)
        {
            await bus.PublishAsync("o.x", BitConverter.GetBytes(i), null, Cancel);
        }

        await Eventually.TrueAsync(() => Volatile.Read(ref inside) == 0 && got.Count == 5_000);
        Assert.False(overlapped);
        Assert.Equal(Enumerable.Range(0, 5_000), got);
    }

    [Fact]
    public async Task Publish_ReplySubject_AnswerComesBack()
    {
        await using var bus = await OpenAsync();
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var asker = await bus.SubscribeAsync("r.answers", null, m => answer.TrySetResult(Encoding.ASCII.GetString(m.Payload.Span)), Cancel);
        await using var answerer = await bus.SubscribeAsync("r.ask", null, m => _ = bus.PublishAsync(m.ReplyTo!, "yes"u8.ToArray()).AsTask(), Cancel);

        await bus.PublishAsync("r.ask", default, "r.answers", Cancel);

        Assert.Equal("yes", await answer.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancel));
    }

    [Fact]
    public async Task Publish_Headers_FoundWithoutRegardToCase()
    {
        await using var bus = await OpenAsync();
        var got = new ConcurrentQueue<BusMessage>();
        await using var subscription = await bus.SubscribeAsync("h.x", null, got.Enqueue, Cancel);

        await PublishWithHeadersAsync(bus, "h.x", new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Pusher-Id"] = "a1", ["Other"] = "b" }, []);

        await Eventually.TrueAsync(() => got.Count == 1);
        var headers = got.Single().Headers!;
        Assert.Equal(2, headers.Count);
        Assert.Equal("a1", headers["pusher-id"]);
        Assert.True(headers.ContainsKey("PUSHER-ID"));
        Assert.False(headers.TryGetValue("absent", out _));
        Assert.Equal(["Other", "Pusher-Id"], headers.Select(h => h.Key).Order());
    }

    [Fact]
    public async Task Subscribe_FullQueue_NewMessagesDroppedAndCounted()
    {
        await using var bus = await OpenAsync(capacity: 4);
        using var go = new ManualResetEventSlim();
        var got = new ConcurrentQueue<int>();
        await using var subscription = await bus.SubscribeAsync("d.x", null, m => { go.Wait(Cancel); got.Enqueue(BitConverter.ToInt32(m.Payload.Span)); }, Cancel);
        for (var i = 0; i < 50; i++)
        {
            await bus.PublishAsync("d.x", BitConverter.GetBytes(i), null, Cancel);
        }

        await Eventually.TrueAsync(() => bus.Dropped >= 45);
        go.Set();
        await Eventually.TrueAsync(() => got.Count + bus.Dropped == 50);
        Assert.Equal([0, 1, 2, 3], got.Take(4)); // the oldest were kept
        Assert.Equal(got.Order(), got);
    }

    [Fact]
    public async Task Subscribe_HandlerThrows_NextMessageStillComes()
    {
        await using var bus = await OpenAsync();
        var got = 0;
        await using var subscription = await bus.SubscribeAsync(
            "x.x", null, _ => { if (Interlocked.Increment(ref got) == 1) { throw new InvalidOperationException("on purpose"); } }, Cancel);
        await bus.PublishAsync("x.x", default, null, Cancel);
        await bus.PublishAsync("x.x", default, null, Cancel);
        await Eventually.TrueAsync(() => Volatile.Read(ref got) == 2);
    }

    [Fact]
    public async Task Dispose_Subscription_TakenMessagesHandedOverThenNoMore()
    {
        await using var bus = await OpenAsync();
        using var go = new ManualResetEventSlim();
        var got = 0;
        var subscription = await bus.SubscribeAsync("u.x", null, _ => { go.Wait(Cancel); Interlocked.Increment(ref got); }, Cancel);
        var seen = 0;
        await using var witness = await bus.SubscribeAsync("u.x", null, _ => Interlocked.Increment(ref seen), Cancel);
        for (var i = 0; i < 10; i++)
        {
            await bus.PublishAsync("u.x", default, null, Cancel);
        }

        await Eventually.TrueAsync(() => Volatile.Read(ref seen) == 10);
        var disposing = subscription.DisposeAsync().AsTask();
        go.Set();
        await disposing.WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.Equal(10, got);

        await bus.PublishAsync("u.x", default, null, Cancel);
        await Eventually.TrueAsync(() => Volatile.Read(ref seen) == 11);
        Assert.Equal(10, got);
    }

    [Fact]
    public async Task Publish_AfterDispose_BusUnavailable()
    {
        var bus = await OpenAsync();
        await bus.DisposeAsync();
        Assert.False(bus.IsConnected);
        await Assert.ThrowsAsync<BusUnavailableException>(async () => await bus.PublishAsync("a.b", default, null, Cancel));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("a.*")]
    public async Task Publish_BadSubject_ArgumentException(string subject)
    {
        await using var bus = await OpenAsync();
        await Assert.ThrowsAsync<ArgumentException>(async () => await bus.PublishAsync(subject, default, null, Cancel));
    }
}
