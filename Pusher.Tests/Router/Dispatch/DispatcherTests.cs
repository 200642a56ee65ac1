using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Router.Dispatch;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Dispatch;

public sealed class DispatcherTests : IDisposable
{
    private readonly PublishBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Publish_Good_StoredThenAnsweredThenRung()
    {
        _bench.Store.IsManual = true;
        var order = new List<string>();
        _bench.Bell.OnRing = () => order.Add("ring");
        var publish = _bench.Publish(p => { p.OnAnswer = () => order.Add("ok"); p.PublisherId = "order-1"; });
        Assert.Empty(publish.Replies);

        _bench.Store.Flush();

        Assert.Equal(["ok", "ring"], order);
        Assert.Equal(PublishStatus.Ok, publish.Reply.Status);
        Assert.Equal(1UL, publish.Reply.Seq);
        Assert.Equal(1, publish.Reply.QueueDepth);
        var rung = _bench.Bell.Messages.Single();
        Assert.Equal(publish.Reply.MessageId, rung.Message.MessageId);
        Assert.Equal("order"u8.ToArray(), rung.Message.Payload.ToArray());
    }

    [Fact]
    public void Publish_ProcessDiesBeforeFlush_NoOkWentOut()
    {
        _bench.Store.IsManual = true;
        var publish = _bench.Publish();
        _bench.Store.Crash();
        _bench.Store.Flush();
        Assert.Empty(publish.Replies);
        Assert.Empty(_bench.Store.Dump());
    }

    [Fact]
    public void Publish_SamePublisherId_DuplicateWithFirstIdsAndNoRing()
    {
        var first = _bench.Publish(p => p.PublisherId = "a").Reply;
        var second = _bench.Publish(p => p.PublisherId = "a").Reply;
        Assert.Equal(PublishStatus.Duplicate, second.Status);
        Assert.Equal((first.MessageId, first.Stream, first.Seq), (second.MessageId, second.Stream, second.Seq));
        Assert.Single(_bench.Bell.Messages);
        Assert.Single(_bench.Store.Dump());
    }

    [Fact]
    public void Publish_QueueFull_RetryAndNothingStored()
    {
        using var bench = new PublishBench(storeOptions: new ModelStoreOptions { QueueMessagesMax = 2 });
        bench.Publish();
        bench.Publish();
        var reply = bench.Publish().Reply;
        Assert.Equal(PublishStatus.QueueFull, reply.Status);
        Assert.True(reply.Status.MayRetry());
        Assert.Equal(0UL, reply.MessageId);
        Assert.Equal(2, reply.QueueDepth);
        Assert.Equal(2, bench.Bell.Messages.Count);
    }

    [Fact]
    public void Publish_StoreDown_StoreUnavailable()
    {
        _bench.Store.IsUnavailable = true;
        Assert.Equal(PublishStatus.StoreUnavailable, _bench.Publish().Reply.Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Publish_StoreConnectionBreaks_UnknownAndSameIdSettlesIt(int applied)
    {
        _bench.Store.IsManual = true;
        var publish = _bench.Publish(p => p.PublisherId = "a");
        _bench.Store.BreakConnection(applied);
        Assert.Equal(PublishStatus.Unknown, publish.Reply.Status);
        Assert.Equal(0UL, publish.Reply.MessageId);
        Assert.Empty(_bench.Bell.Messages);

        var again = _bench.Publish(p => p.PublisherId = "a");
        _bench.Store.Flush();
        Assert.Equal(applied == 1 ? PublishStatus.Duplicate : PublishStatus.Ok, again.Reply.Status);
        Assert.Single(_bench.Store.Dump());
    }

    [Fact]
    public void Publish_PayloadAtAndOverLimit_OkAndTooLarge()
    {
        Assert.Equal(PublishStatus.Ok, _bench.Publish(p => p.Payload = new byte[65_536]).Reply.Status);
        var reply = _bench.Publish(p => p.Payload = new byte[65_537]).Reply;
        Assert.Equal(PublishStatus.TooLarge, reply.Status);
        Assert.Contains("65536", reply.Error, StringComparison.Ordinal);
    }

    public static TheoryData<string, PublishStatus, string> BadRequests => new()
    {
        { "tenant", PublishStatus.BadRequest, "tenant" },
        { "device", PublishStatus.BadRequest, "device" },
        { "unknown", PublishStatus.UnknownDevice, "no such device" },
        { "id", PublishStatus.BadRequest, "publisher id" },
        { "ttl", PublishStatus.BadRequest, "time to live" },
        { "qos", PublishStatus.BadRequest, "must be 0 or 1" },
        { "problem", PublishStatus.BadRequest, "broken header" },
    };

    [Theory]
    [MemberData(nameof(BadRequests))]
    public void Publish_Bad_RefusedWithReasonAndNothingStored(string what, PublishStatus status, string part)
    {
        var reply = _bench.Publish(p =>
        {
            p.Device = what switch
            {
                "tenant" => new DeviceKey("no good", "printer-1"),
                "device" => new DeviceKey("acme", "no/good"),
                "unknown" => new DeviceKey("acme", "other"),
                _ => p.Device,
            };
            p.PublisherId = what == "id" ? "with space" : null;
            p.TtlMs = what == "ttl" ? PublishTtl.Max + 1 : null;
            p.Qos = what == "qos" ? 2 : 1;
            p.Problem = what == "problem" ? "broken header" : null;
        }).Reply;

        Assert.Equal(status, reply.Status);
        Assert.False(status.MayRetry());
        Assert.Contains(part, reply.Error, StringComparison.Ordinal);
        Assert.Empty(_bench.Store.Dump());
    }

    [Fact]
    public void Publish_Ttl_ExpiryFromNowOrDefaultOrNever()
    {
        using var bench = new PublishBench(new DispatchOptions { TtlDefaultMs = 5_000 });
        var now = bench.Time.GetUtcNow().ToUnixTimeMilliseconds();
        bench.Publish(p => p.TtlMs = 90_000);
        bench.Publish();
        bench.Publish(p => p.TtlMs = 0);
        Assert.Equal([now + 90_000, now + 5_000, 0], bench.Store.Dump().Select(m => m.ExpiresAtUnixMs));
    }

    [Fact]
    public void Publish_TooManyUnderWay_StoreUnavailableUntilSomeAreDone()
    {
        using var bench = new PublishBench(new DispatchOptions { InFlightMax = 2 });
        bench.Store.IsManual = true;
        bench.Publish();
        bench.Publish();
        Assert.Equal(PublishStatus.StoreUnavailable, bench.Publish().Reply.Status);
        Assert.Equal(2, bench.Dispatcher.InFlight);
        bench.Store.Flush();
        Assert.Equal(0, bench.Dispatcher.InFlight);
        var next = bench.Publish();
        bench.Store.Flush();
        Assert.Equal(PublishStatus.Ok, next.Reply.Status);
    }

    [Fact]
    public void Publish_TooManyBytesUnderWay_StoreUnavailable()
    {
        using var bench = new PublishBench(new DispatchOptions { PayloadBytesMax = 100, InFlightBytesMax = 150 });
        bench.Store.IsManual = true;
        bench.Publish(p => p.Payload = new byte[100]);
        Assert.Equal(PublishStatus.StoreUnavailable, bench.Publish(p => p.Payload = new byte[100]).Reply.Status);
    }

    [Fact]
    public async Task Close_UnderWay_CompletesAfterLastAnswerAndRefusesNewOnes()
    {
        _bench.Store.IsManual = true;
        var publish = _bench.Publish();
        var closed = _bench.Dispatcher.CloseAsync();
        Assert.False(closed.IsCompleted);
        Assert.Equal(PublishStatus.StoreUnavailable, _bench.Publish().Reply.Status);
        Assert.False(closed.IsCompleted);

        _bench.Store.Flush();
        Assert.Equal(PublishStatus.Ok, publish.Reply.Status);
        await closed.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Publish_DeviceOnline_ReplySaysSo()
    {
        _bench.Bell.Online = true;
        _bench.Bell.LastSeenUnixMs = 1234;
        var reply = _bench.Publish().Reply;
        Assert.True(reply.Online);
        Assert.Equal(1234, reply.LastSeenUnixMs);
    }

    [Fact]
    public void Publish_StoreThatSkipsWrites_CheckSeesTheLoss()
    {
        using var bench = new PublishBench(storeOptions: new ModelStoreOptions { SkipWrite = true });
        Assert.Equal(PublishStatus.Ok, bench.Publish().Reply.Status);
        Assert.DoesNotContain(bench.Store.Dump(), m => m.State == MessageState.Pending);
    }
}
