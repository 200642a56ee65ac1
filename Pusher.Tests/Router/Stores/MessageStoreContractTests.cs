using System.Text;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Router.Stores;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>Append, dedupe, queue bounds, acknowledgements and results, as every message store must do them.</summary>
public abstract class MessageStoreContractTests(IContractStores stores) : StoreContract(stores)
{
    [Fact]
    public async Task Append_FirstMessages_NumbersThemFromOneAndTellsTheDepth()
    {
        var first = await AppendAsync(Printer);
        var second = await AppendAsync(Printer);
        var other = await AppendAsync(Kitchen);

        Assert.Equal((AppendStatus.Stored, 1UL, 1), (first.Status, first.Seq, first.QueueDepth));
        Assert.Equal((AppendStatus.Stored, 2UL, 2), (second.Status, second.Seq, second.QueueDepth));
        Assert.Equal((AppendStatus.Stored, 1UL, 1), (other.Status, other.Seq, other.QueueDepth));
        Assert.NotEqual(0U, first.Stream);
        Assert.Equal(first.Stream, second.Stream);
        Assert.NotEqual(first.Stream, other.Stream);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000)]
    [InlineData(65_536)]
    public async Task Append_AnyPayload_ReadsBackAsItWas(int length)
    {
        var append = NewAppend(Printer, timeToLive: TimeSpan.FromHours(1));
        append.Payload = Enumerable.Range(0, length).Select(i => (byte)(i * 7)).ToArray();
        append.Priority = 200;
        Store.Append(append);
        await append.Completed;

        var message = Assert.Single((await ReadAsync(Printer, append.Stream)).Messages);
        Assert.Equal(append.Payload.ToArray(), message.Payload.ToArray());
        Assert.Equal((append.MessageId, append.Stream, 1UL, (byte)200, append.ExpiresAtUnixMs), (message.MessageId, message.Stream, message.Seq, message.Priority, message.ExpiresAtUnixMs));
    }

    [Fact]
    public async Task Append_SamePublisherId_AnswersDuplicateWithTheFirstIdAndSeq()
    {
        var first = await AppendAsync(Printer, "order-1");
        var firstId = first.MessageId;
        await AppendAsync(Printer, "order-2");

        var again = await AppendAsync(Printer, "order-1");

        Assert.Equal((AppendStatus.Duplicate, firstId, first.Stream, 1UL), (again.Status, again.MessageId, again.Stream, again.Seq));
        Assert.Equal(2, (await ReadAsync(Printer, first.Stream)).Messages.Count);
    }

    [Fact]
    public async Task Append_SamePublisherIdWithoutWaiting_StoresOne()
    {
        var appends = Enumerable.Range(0, 50).Select(_ => NewAppend(Printer, "order-1")).ToArray();
        Array.ForEach(appends, Store.Append);
        await Task.WhenAll(appends.Select(a => a.Completed));

        Assert.Single(appends, a => a.Status == AppendStatus.Stored);
        Assert.Equal(49, appends.Count(a => a.Status == AppendStatus.Duplicate));
        Assert.Single(appends.Select(a => (a.MessageId, a.Stream, a.Seq)).Distinct());
    }

    [Fact]
    public async Task Append_SamePublisherIdOfAnotherDeviceOrTenant_IsNoDuplicate()
    {
        foreach (var device in new[] { Printer, Kitchen, Foreign })
        {
            Assert.Equal(AppendStatus.Stored, (await AppendAsync(device, "order-1")).Status);
        }
    }

    [Fact]
    public async Task Append_SamePublisherIdAfterTheEnd_IsStillADuplicate()
    {
        var first = await AppendAsync(Printer, "order-1");
        await AcknowledgeAsync(Printer, first.Stream, first.Seq);

        Assert.Equal(AppendStatus.Duplicate, (await AppendAsync(Printer, "order-1")).Status);
    }

    [Fact]
    public async Task Append_SamePublisherIdAfterTheDedupeTime_IsStored()
    {
        await AppendAsync(Printer, "order-1");
        Time.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(AppendStatus.Duplicate, (await AppendAsync(Printer, "order-1")).Status);

        Time.Advance(TimeSpan.FromMilliseconds(1));
        var renewed = await AppendAsync(Printer, "order-1");

        Assert.Equal((AppendStatus.Stored, 2UL), (renewed.Status, renewed.Seq));
        Assert.Equal(renewed.MessageId, (await Store.FindAsync(Printer, "order-1", Cancellation))?.MessageId);
    }

    [Fact]
    public async Task Append_ManyAtOnce_GivesEachDeviceDenseSeqs()
    {
        const int Writers = 8, PerWriter = 500;
        Pusher.Core.Identity.DeviceKey[] devices = [Printer, Kitchen, Foreign];
        var all = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(
            async () =>
            {
                var mine = Enumerable.Range(0, PerWriter).Select(i => NewAppend(devices[i % 3], $"{writer}-{i}")).ToArray();
                Array.ForEach(mine, Store.Append);
                await Task.WhenAll(mine.Select(a => a.Completed));
                return mine;
            },
            Cancellation)));

        foreach (var ofDevice in all.SelectMany(a => a).GroupBy(a => a.Device))
        {
            var stored = ofDevice.Where(a => a.Status == AppendStatus.Stored).Select(a => a.Seq).Order().ToArray();
            Assert.Equal(Enumerable.Range(1, stored.Length).Select(i => (ulong)i), stored);
            Assert.All(ofDevice, a => Assert.Equal(1, a.Completions));
            Assert.Equal(Math.Min(ofDevice.Count(), Settings.QueueMessagesMax), stored.Length);
        }
    }

    [Fact]
    public async Task Append_QueueFullByCount_IsRefusedUntilSomethingIsAcknowledged()
    {
        await UseAsync(Settings with { QueueMessagesMax = 3 });
        var stored = await AppendManyAsync(Printer, 3);

        var refused = await AppendAsync(Printer, "late");
        Assert.Equal((AppendStatus.QueueFull, 3), (refused.Status, refused.QueueDepth));
        Assert.Null(await Store.FindAsync(Printer, "late", Cancellation));
        Assert.Equal(AppendStatus.Stored, (await AppendAsync(Kitchen)).Status);

        await AcknowledgeAsync(Printer, stored[0].Stream, 1);
        var retried = await AppendAsync(Printer, "late");
        Assert.Equal((AppendStatus.Stored, 4UL, 3), (retried.Status, retried.Seq, retried.QueueDepth));
    }

    [Fact]
    public async Task Append_QueueFullByBytes_IsRefused()
    {
        await UseAsync(Settings with { QueueBytesMax = 100 });
        var first = await AppendAsync(Printer, payload: new string('a', 60));

        Assert.Equal(AppendStatus.QueueFull, (await AppendAsync(Printer, payload: new string('b', 41))).Status);
        Assert.Equal(AppendStatus.Stored, (await AppendAsync(Printer, payload: new string('c', 40))).Status);

        await AcknowledgeAsync(Printer, first.Stream, 1);
        Assert.Equal(AppendStatus.Stored, (await AppendAsync(Printer, payload: new string('d', 60))).Status);
    }

    [Fact]
    public async Task Append_DuplicateOfAFullQueue_IsStillAnsweredDuplicate()
    {
        await UseAsync(Settings with { QueueMessagesMax = 1 });
        await AppendAsync(Printer, "order-1");

        Assert.Equal(AppendStatus.Duplicate, (await AppendAsync(Printer, "order-1")).Status);
    }

    [Fact]
    public async Task Append_QueueFullAcrossARestart_CountsWhatIsStored()
    {
        await UseAsync(Settings with { QueueMessagesMax = 2, QueueBytesMax = 20 });
        await AppendAsync(Printer, payload: "0123456789");
        await RestartAsync();

        Assert.Equal(AppendStatus.QueueFull, (await AppendAsync(Printer, payload: "0123456789x")).Status);
        Assert.Equal(AppendStatus.Stored, (await AppendAsync(Printer, payload: "0123456789")).Status);
        Assert.Equal(AppendStatus.QueueFull, (await AppendAsync(Printer, payload: "")).Status);
    }

    [Fact]
    public async Task Acknowledge_Cumulative_EndsEverythingThroughTheSeq()
    {
        var appends = await AppendManyAsync(Printer, 5);
        await AcknowledgeAsync(Printer, appends[0].Stream, 3);

        Assert.Equal([4UL, 5UL], (await ReadAsync(Printer, appends[0].Stream, 3)).Messages.Select(m => m.Seq));
        Assert.Equal(MessageState.Acked, await StateAsync(appends[2]));
        Assert.Equal(NowUnixMs, (await StatusAsync(appends[2])).EndedAtUnixMs);
        Assert.Equal(MessageState.Pending, await StateAsync(appends[3]));
        Assert.Equal(new StreamState(appends[0].Stream, 3, 5), Assert.Single((await OpenDeviceAsync(Printer)).Streams));
    }

    [Fact]
    public async Task Acknowledge_BeyondTheLast_ChangesNothing()
    {
        var append = await AppendAsync(Printer);
        await AcknowledgeAsync(Printer, append.Stream, 2);
        await AcknowledgeAsync(Printer, append.Stream, ulong.MaxValue);

        Assert.Equal(MessageState.Pending, await StateAsync(append));
        Assert.Equal(2UL, (await AppendAsync(Printer)).Seq);
    }

    [Fact]
    public async Task Acknowledge_OtherStreamOrDevice_ChangesNothing()
    {
        var append = await AppendAsync(Printer);
        await AcknowledgeAsync(Printer, append.Stream + 1, 1);
        await AcknowledgeAsync(Kitchen, append.Stream, 1);
        await AcknowledgeAsync(Foreign, append.Stream, 1);

        Assert.Equal(MessageState.Pending, await StateAsync(append));
    }

    [Fact]
    public async Task RecordDone_AfterTheAck_MakesItDone()
    {
        var append = await AppendAsync(Printer);
        await AcknowledgeAsync(Printer, append.Stream, 1);
        Store.RecordDone(Printer, append.MessageId, DeliveryResult.OutOfPaper, "no paper");
        Store.RecordDone(Printer, append.MessageId, DeliveryResult.Printed, "too late");
        await Store.FlushAsync(Cancellation);

        var status = await StatusAsync(append);
        Assert.Equal((MessageState.Done, DeliveryResult.OutOfPaper, "no paper"), (status.State, status.Result, status.ResultText));
    }

    [Fact]
    public async Task RecordDone_BeforeTheAck_StaysPendingAndEndsDone()
    {
        var append = await AppendAsync(Printer);
        Store.RecordDone(Printer, append.MessageId, DeliveryResult.Printed, null);
        await Store.FlushAsync(Cancellation);
        var before = await StatusAsync(append);
        Assert.Equal((MessageState.Pending, DeliveryResult.Printed), (before.State, before.Result));
        Assert.Single((await ReadAsync(Printer, append.Stream)).Messages);

        await AcknowledgeAsync(Printer, append.Stream, 1);
        var after = await StatusAsync(append);
        Assert.Equal((MessageState.Done, DeliveryResult.Printed), (after.State, after.Result));
    }

    [Fact]
    public async Task RecordDone_OfAnotherDevice_ChangesNothing()
    {
        var append = await AppendAsync(Printer);
        await AppendAsync(Kitchen);
        await AppendAsync(Foreign);
        Store.RecordDone(Kitchen, append.MessageId, DeliveryResult.Printed, null);
        Store.RecordDone(Foreign, append.MessageId, DeliveryResult.Printed, null);
        await Store.FlushAsync(Cancellation);

        Assert.Null((await StatusAsync(append)).Result);
    }

    [Fact]
    public async Task RecordAttempts_Pending_IsReadBackAndNeverFalls()
    {
        var append = await AppendAsync(Printer);
        Store.RecordAttempts(Printer, append.Stream, 1, 5);
        Store.RecordAttempts(Printer, append.Stream, 1, 2);
        Store.RecordAttempts(Printer, append.Stream, 2, 9);
        await Store.FlushAsync(Cancellation);

        Assert.Equal(5, Assert.Single((await ReadAsync(Printer, append.Stream)).Messages).Attempts);
        Assert.Equal(5, (await StatusAsync(append)).Attempts);
    }

    [Fact]
    public async Task Find_ByBothIds_TellsTheSameOnlyToItsTenant()
    {
        var append = await AppendAsync(Printer, "order-1", timeToLive: TimeSpan.FromMinutes(5));

        var byId = await Store.FindAsync("acme", append.MessageId, Cancellation);
        Assert.Equal(byId, await Store.FindAsync(Printer, "order-1", Cancellation));
        Assert.Equal(
            new MessageStatus
            {
                MessageId = append.MessageId,
                Device = Printer,
                PublisherId = "order-1",
                Stream = append.Stream,
                Seq = 1,
                State = MessageState.Pending,
                AcceptedAtUnixMs = append.AcceptedAtUnixMs,
                ExpiresAtUnixMs = append.ExpiresAtUnixMs,
            },
            byId);
        Assert.Null(await Store.FindAsync("other", append.MessageId, Cancellation));
        Assert.Null(await Store.FindAsync(Kitchen, "order-1", Cancellation));
        Assert.Null(await Store.FindAsync(Foreign, "order-1", Cancellation));
        Assert.Null(await Store.FindAsync("acme", ulong.MaxValue, Cancellation));
    }

    [Fact]
    public async Task Reopen_KeepsEverythingAndTheIncarnation()
    {
        var incarnation = Store.Incarnation;
        var appends = await AppendManyAsync(Printer, 3);
        Store.Acknowledge(Printer, appends[0].Stream, 2);
        await RestartAsync();

        Assert.Equal(incarnation, Store.Incarnation);
        Assert.Equal(appends[2].MessageId, Store.HighestMessageId);
        Assert.Equal(new StreamState(appends[0].Stream, 2, 3), Assert.Single((await OpenDeviceAsync(Printer)).Streams));
        var message = Assert.Single((await ReadAsync(Printer, appends[0].Stream, 2)).Messages);
        Assert.Equal("order", Encoding.UTF8.GetString(message.Payload.Span));
        Assert.Equal(4UL, (await AppendAsync(Printer)).Seq);
    }

    [Fact]
    public async Task Reopen_EverythingAcknowledged_GoesOnBehindTheLastSeq()
    {
        var append = (await AppendManyAsync(Printer, 7))[^1];
        await AcknowledgeAsync(Printer, append.Stream, 7);
        await RestartAsync();

        var next = await AppendAsync(Printer);
        Assert.Equal((append.Stream, 8UL, 1), (next.Stream, next.Seq, next.QueueDepth));
    }

    [Fact]
    public async Task Dispose_WithMuchInTheQueue_AnswersAllOfItOnce()
    {
        var appends = Enumerable.Range(0, 5_000).Select(i => NewAppend(new("acme", $"d{i % 100}"))).ToArray();
        Array.ForEach(appends, Store.Append);
        await Store.DisposeAsync();
        var late = NewAppend(Printer);
        Store.Append(late);
        await late.Completed;

        Assert.Equal(AppendStatus.Unavailable, late.Status);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await Store.FlushAsync(Cancellation));
        await RestartAsync();
        foreach (var append in appends)
        {
            Assert.Equal(1, append.Completions);
            Assert.Equal(append.Status == AppendStatus.Stored, await Store.FindAsync("acme", append.MessageId, Cancellation) is not null);
        }
    }
}
