using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Router.Stores;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>Expiry, giving up, the gaps they leave, and how long a status is kept, as every message store must do them.</summary>
public abstract class MessageStoreEndContractTests(IContractStores stores) : StoreContract(stores)
{
    [Fact]
    public async Task Sweep_TimeToLiveOver_ExpiresOnceAndReportsIt()
    {
        var shortLived = await AppendAsync(Printer, "order-1", timeToLive: TimeSpan.FromMinutes(1));
        var longLived = await AppendAsync(Printer, timeToLive: TimeSpan.FromHours(1));
        var endless = await AppendAsync(Printer);
        Assert.Empty(await Store.SweepAsync(Cancellation));

        Time.Advance(TimeSpan.FromMinutes(1));
        var expired = Assert.Single(await Store.SweepAsync(Cancellation));

        Assert.Equal((shortLived.MessageId, Printer, "order-1", MessageState.Expired, NowUnixMs), (expired.MessageId, expired.Device, expired.PublisherId, expired.State, expired.EndedAtUnixMs));
        Assert.Equal(expired, await StatusAsync(shortLived));
        Assert.Equal((MessageState.Pending, MessageState.Pending), (await StateAsync(longLived), await StateAsync(endless)));
        Assert.Empty(await Store.SweepAsync(Cancellation));
    }

    [Fact]
    public async Task Sweep_MoreThanASlice_ExpiresAllOfThem()
    {
        await UseAsync(Settings with { QueueMessagesMax = 5_000 });
        var appends = Enumerable.Range(0, 1_700).Select(_ => NewAppend(Printer, timeToLive: TimeSpan.FromSeconds(1))).ToArray();
        Array.ForEach(appends, Store.Append);
        await Store.FlushAsync(Cancellation);
        Time.Advance(TimeSpan.FromSeconds(1));

        var expired = await Store.SweepAsync(Cancellation);

        Assert.Equal(appends.Select(a => a.MessageId), expired.Select(s => s.MessageId).Order());
    }

    [Fact]
    public async Task Sweep_Expired_MakesRoomInTheQueue()
    {
        await UseAsync(Settings with { QueueMessagesMax = 1 });
        await AppendAsync(Printer, timeToLive: TimeSpan.FromSeconds(1));
        Assert.Equal(AppendStatus.QueueFull, (await AppendAsync(Printer)).Status);

        Time.Advance(TimeSpan.FromSeconds(1));
        await Store.SweepAsync(Cancellation);

        var next = await AppendAsync(Printer);
        Assert.Equal((AppendStatus.Stored, 2UL, 1), (next.Status, next.Seq, next.QueueDepth));
    }

    [Fact]
    public async Task Sweep_AckedBefore_ExpiresNothing()
    {
        var append = await AppendAsync(Printer, timeToLive: TimeSpan.FromSeconds(1));
        await AcknowledgeAsync(Printer, append.Stream, 1);
        Time.Advance(TimeSpan.FromHours(1));

        Assert.Empty(await Store.SweepAsync(Cancellation));
        Assert.Equal(MessageState.Acked, await StateAsync(append));
    }

    [Fact]
    public async Task Acknowledge_OverAnExpired_LeavesItExpired()
    {
        var expired = await AppendAsync(Printer, timeToLive: TimeSpan.FromSeconds(1));
        var acked = await AppendAsync(Printer);
        Time.Advance(TimeSpan.FromSeconds(1));
        await Store.SweepAsync(Cancellation);
        await AcknowledgeAsync(Printer, acked.Stream, 2);

        Assert.Equal((MessageState.Expired, MessageState.Acked), (await StateAsync(expired), await StateAsync(acked)));
    }

    [Fact]
    public async Task RecordDone_OfAnExpired_KeepsTheResultAndTheEnd()
    {
        var append = await AppendAsync(Printer, timeToLive: TimeSpan.FromSeconds(1));
        Time.Advance(TimeSpan.FromSeconds(1));
        await Store.SweepAsync(Cancellation);
        var endedAt = NowUnixMs;
        Time.Advance(TimeSpan.FromSeconds(1));
        Store.RecordDone(Printer, append.MessageId, DeliveryResult.Printed, null);
        await Store.FlushAsync(Cancellation);

        var status = await StatusAsync(append);
        Assert.Equal((MessageState.Expired, DeliveryResult.Printed, endedAt), (status.State, status.Result, status.EndedAtUnixMs));
    }

    [Fact]
    public async Task GiveUp_Pending_EndsItAsDeadOnce()
    {
        var append = await AppendAsync(Printer);
        var later = await AppendAsync(Printer);

        Assert.Equal(append.MessageId, await Store.GiveUpAsync(Printer, append.Stream, 1, Cancellation));
        Assert.Null(await Store.GiveUpAsync(Printer, append.Stream, 1, Cancellation));
        Assert.Equal((MessageState.Dead, MessageState.Pending), (await StateAsync(append), await StateAsync(later)));
        Assert.Equal(2, (await AppendAsync(Printer)).QueueDepth);
    }

    [Fact]
    public async Task GiveUp_NotPending_ReturnsNull()
    {
        var append = await AppendAsync(Printer);
        Assert.Null(await Store.GiveUpAsync(Printer, append.Stream, 0, Cancellation));
        Assert.Null(await Store.GiveUpAsync(Printer, append.Stream, 2, Cancellation));
        Assert.Null(await Store.GiveUpAsync(Printer, append.Stream + 1, 1, Cancellation));
        Assert.Null(await Store.GiveUpAsync(Kitchen, append.Stream, 1, Cancellation));
        await AcknowledgeAsync(Printer, append.Stream, 1);
        Assert.Null(await Store.GiveUpAsync(Printer, append.Stream, 1, Cancellation));
        Assert.Equal(MessageState.Acked, await StateAsync(append));
    }

    [Fact]
    public async Task Read_AcrossEnds_ExplainsEveryGap()
    {
        var stream = (await AppendAsync(Printer)).Stream;
        await AppendAsync(Printer, timeToLive: TimeSpan.FromSeconds(1));
        await AppendAsync(Printer, timeToLive: TimeSpan.FromSeconds(1));
        await AppendAsync(Printer);
        await AppendAsync(Printer);
        await AppendAsync(Printer, timeToLive: TimeSpan.FromSeconds(1));
        await Store.GiveUpAsync(Printer, stream, 4, Cancellation);
        Time.Advance(TimeSpan.FromSeconds(1));
        await Store.SweepAsync(Cancellation);

        var page = await ReadAsync(Printer, stream);
        Assert.Equal([1UL, 5UL], page.Messages.Select(m => m.Seq));
        Assert.Equal([new(2, 3, SkipReason.Expired), new(4, 4, SkipReason.Dead), new SequenceGap(6, 6, SkipReason.Expired)], page.Gaps);
        Assert.Equal((0UL, 6UL, 6UL), (page.AfterSeq, page.ThroughSeq, page.LastSeq));
    }

    [Fact]
    public async Task Read_EverythingExpiredAcrossARestart_StillExplainsTheGap()
    {
        var append = await AppendAsync(Printer, timeToLive: TimeSpan.FromSeconds(1));
        Time.Advance(TimeSpan.FromSeconds(1));
        await Store.SweepAsync(Cancellation);
        await RestartAsync();

        var page = await ReadAsync(Printer, append.Stream);
        Assert.Equal(new SequenceGap(1, 1, SkipReason.Expired), Assert.Single(page.Gaps));
        Assert.Equal(2UL, (await AppendAsync(Printer)).Seq);
    }

    [Fact]
    public async Task Sweep_StatusRetentionOver_ForgetsWhatEndedAndKeepsWhatWaits()
    {
        var ended = await AppendAsync(Printer, "ended");
        var waiting = await AppendAsync(Kitchen, "waiting");
        await AcknowledgeAsync(Printer, ended.Stream, 1);
        Time.Advance(TimeSpan.FromHours(48) - TimeSpan.FromMilliseconds(1));
        await Store.SweepAsync(Cancellation);
        Assert.NotNull(await Store.FindAsync(Printer, "ended", Cancellation));

        Time.Advance(TimeSpan.FromMilliseconds(1));
        await Store.SweepAsync(Cancellation);

        Assert.Null(await Store.FindAsync("acme", ended.MessageId, Cancellation));
        Assert.Null(await Store.FindAsync(Printer, "ended", Cancellation));
        Assert.Equal(MessageState.Pending, await StateAsync(waiting));
        Assert.Equal(2UL, (await AppendAsync(Printer)).Seq);
    }

    [Fact]
    public async Task Sweep_ForgottenGap_KeepsTheSeqAcrossARestart()
    {
        var expired = await AppendAsync(Printer, timeToLive: TimeSpan.FromSeconds(1));
        Time.Advance(TimeSpan.FromSeconds(1));
        await Store.SweepAsync(Cancellation);
        Time.Advance(TimeSpan.FromHours(48));
        await Store.SweepAsync(Cancellation);
        Assert.Null(await Store.FindAsync("acme", expired.MessageId, Cancellation));
        await RestartAsync();

        Assert.Equal(new SequenceGap(1, 1, SkipReason.Unspecified), Assert.Single((await ReadAsync(Printer, expired.Stream)).Gaps));
        Assert.Equal(2UL, (await AppendAsync(Printer)).Seq);
    }
}
