using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Router.Stores;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>Logins, resets, pages and the list of those who wait, as every message store must do them.</summary>
public abstract class MessageStoreOpenContractTests(IContractStores stores) : StoreContract(stores)
{
    [Fact]
    public async Task Open_DeviceWithoutMessages_HasNoStream()
    {
        var opened = await OpenDeviceAsync(Printer);

        Assert.Empty(opened.Streams);
        Assert.Empty(opened.Resets);
    }

    [Fact]
    public async Task Open_SeenPosition_CountsAsAnAcknowledgement()
    {
        var appends = await AppendManyAsync(Printer, 4);
        var stream = appends[0].Stream;

        var opened = await OpenDeviceAsync(Printer, new StreamPosition(stream, 3));

        Assert.Equal(new StreamState(stream, 3, 4), Assert.Single(opened.Streams));
        Assert.Empty(opened.Resets);
        Assert.Equal((MessageState.Acked, MessageState.Pending), (await StateAsync(appends[2]), await StateAsync(appends[3])));
    }

    [Fact]
    public async Task Open_SeenPositionOfThePast_ChangesNothing()
    {
        var stream = (await AppendManyAsync(Printer, 4))[0].Stream;
        await AcknowledgeAsync(Printer, stream, 3);

        var opened = await OpenDeviceAsync(Printer, new StreamPosition(stream, 1));

        Assert.Equal(new StreamState(stream, 3, 4), Assert.Single(opened.Streams));
        Assert.Empty(opened.Resets);
    }

    [Fact]
    public async Task Open_UnknownStreamOfAnUnknownDevice_ReportsALossOfUnknownSize()
    {
        var opened = await OpenDeviceAsync(Printer, new StreamPosition(77, 12));

        var state = Assert.Single(opened.Streams);
        Assert.Equal((0UL, 0UL), (state.AckedSeq, state.LastSeq));
        Assert.NotEqual(77U, state.Stream);
        Assert.Equal(new StreamReset(77, state.Stream, uint.MaxValue), Assert.Single(opened.Resets));
        var first = await AppendAsync(Printer);
        Assert.Equal((state.Stream, 1UL), (first.Stream, first.Seq));
    }

    [Fact]
    public async Task Open_SeenBeyondTheLast_NumbersThePendingAnewInANewStream()
    {
        var appends = await AppendManyAsync(Printer, 4);
        var old = appends[0].Stream;
        await AcknowledgeAsync(Printer, old, 1);
        await Store.GiveUpAsync(Printer, old, 2, Cancellation);

        var opened = await OpenDeviceAsync(Printer, new StreamPosition(old, 9));

        var state = Assert.Single(opened.Streams);
        Assert.NotEqual(old, state.Stream);
        Assert.Equal(new StreamReset(old, state.Stream, 5), Assert.Single(opened.Resets));
        Assert.Equal((0UL, 2UL), (state.AckedSeq, state.LastSeq));
        var page = await ReadAsync(Printer, state.Stream);
        Assert.Equal([(appends[2].MessageId, 1UL), (appends[3].MessageId, 2UL)], page.Messages.Select(m => (m.MessageId, m.Seq)));
        Assert.Empty(page.Gaps);
        Assert.Empty((await ReadAsync(Printer, old)).Messages);
        var moved = await StatusAsync(appends[3]);
        Assert.Equal((state.Stream, 2UL, MessageState.Pending), (moved.Stream, moved.Seq, moved.State));
        var next = await AppendAsync(Printer);
        Assert.Equal((state.Stream, 3UL, 3), (next.Stream, next.Seq, next.QueueDepth));
    }

    [Fact]
    public async Task Open_AfterAReset_KeepsTheDedupe()
    {
        var first = await AppendAsync(Printer, "order-1");
        var firstId = first.MessageId;
        var state = Assert.Single((await OpenDeviceAsync(Printer, new StreamPosition(first.Stream, 2))).Streams);

        var again = await AppendAsync(Printer, "order-1");

        Assert.Equal((AppendStatus.Duplicate, firstId, state.Stream, 1UL), (again.Status, again.MessageId, again.Stream, again.Seq));
    }

    [Fact]
    public async Task Open_TheSameLossAgain_RepeatsTheResetWithoutAnotherStream()
    {
        var append = await AppendAsync(Printer);
        var first = await OpenDeviceAsync(Printer, new StreamPosition(append.Stream, 5));
        await RestartAsync();
        var second = await OpenDeviceAsync(Printer, new StreamPosition(append.Stream, 5));

        Assert.Equal(first.Streams, second.Streams);
        Assert.Equal(first.Resets, second.Resets);
    }

    [Fact]
    public async Task Open_SeveralStreams_AcknowledgesTheLiveOneAndResetsTheOther()
    {
        var append = await AppendAsync(Printer);
        var reset = await OpenDeviceAsync(Printer, new StreamPosition(append.Stream, 5));
        var live = reset.Streams[0].Stream;

        var opened = await OpenDeviceAsync(Printer, new StreamPosition(append.Stream, 5), new StreamPosition(live, 1));

        Assert.Equal(new StreamState(live, 1, 1), Assert.Single(opened.Streams));
        Assert.Equal(append.Stream, Assert.Single(opened.Resets).OldStream);
        Assert.Equal(MessageState.Acked, await StateAsync(append));
    }

    [Fact]
    public async Task Open_StreamOfAnotherDevice_IsUnknown()
    {
        var foreign = await AppendAsync(Kitchen);
        var opened = await OpenDeviceAsync(Printer, new StreamPosition(foreign.Stream, 1));

        Assert.NotEqual(foreign.Stream, Assert.Single(opened.Streams).Stream);
        Assert.Equal(uint.MaxValue, Assert.Single(opened.Resets).Lost);
        Assert.Equal(MessageState.Pending, await StateAsync(foreign));
    }

    [Fact]
    public async Task Acknowledge_OfAReplacedStream_ChangesNothing()
    {
        var append = await AppendAsync(Printer);
        await OpenDeviceAsync(Printer, new StreamPosition(append.Stream, 5));
        await AcknowledgeAsync(Printer, append.Stream, 1);

        Assert.Equal(MessageState.Pending, await StateAsync(append));
    }

    [Fact]
    public async Task Read_ByCount_PagesThroughEverything()
    {
        var stream = (await AppendManyAsync(Printer, 25))[0].Stream;
        var seqs = new List<ulong>();
        ulong after = 0;
        MessagePage page;
        do
        {
            page = await ReadAsync(Printer, stream, after, messagesMax: 10);
            Assert.True(page.Messages.Count <= 10 && page.ThroughSeq > after);
            seqs.AddRange(page.Messages.Select(m => m.Seq));
            after = page.ThroughSeq;
        }
        while (after < page.LastSeq);
        Assert.Equal(Enumerable.Range(1, 25).Select(i => (ulong)i), seqs);
    }

    [Fact]
    public async Task Read_ByBytes_StopsBeforeTheBoundButReturnsOne()
    {
        var stream = (await AppendAsync(Printer, payload: new string('a', 50))).Stream;
        await AppendAsync(Printer, payload: new string('b', 50));
        await AppendAsync(Printer, payload: new string('c', 50));

        var two = await ReadAsync(Printer, stream, bytesMax: 100);
        Assert.Equal((2, 2UL, 3UL), (two.Messages.Count, two.ThroughSeq, two.LastSeq));
        var one = await ReadAsync(Printer, stream, 2, bytesMax: 1);
        Assert.Equal((1, 3UL), (one.Messages.Count, one.ThroughSeq));
    }

    [Fact]
    public async Task Read_BehindTheEndOrUnknown_IsEmpty()
    {
        var append = await AppendAsync(Printer);
        foreach (var page in new[] { await ReadAsync(Printer, append.Stream, 1), await ReadAsync(Kitchen, append.Stream, 1), await ReadAsync(Printer, append.Stream + 1, 1) })
        {
            Assert.Empty(page.Messages);
            Assert.Empty(page.Gaps);
            Assert.Equal(1UL, page.ThroughSeq);
        }
    }

    [Fact]
    public async Task Read_BeforeWhatIsAcknowledged_CallsItAGapWithoutReason()
    {
        var stream = (await AppendManyAsync(Printer, 3))[0].Stream;
        await AcknowledgeAsync(Printer, stream, 2);

        var page = await ReadAsync(Printer, stream);
        Assert.Equal(new SequenceGap(1, 2, SkipReason.Unspecified), Assert.Single(page.Gaps));
        Assert.Equal(3UL, Assert.Single(page.Messages).Seq);
    }

    [Fact]
    public async Task ListWaiting_OldPending_ListsEachDeviceOnceInPages()
    {
        var expected = new HashSet<(DeviceKey, ulong)>();
        for (var i = 0; i < 7; i++)
        {
            var device = new DeviceKey("acme", $"old-{i}");
            await AppendManyAsync(device, 1 + i);
            expected.Add((device, (ulong)(1 + i)));
        }

        Time.Advance(TimeSpan.FromSeconds(10));
        await AppendAsync(new DeviceKey("acme", "old-0"));
        expected.Remove((new DeviceKey("acme", "old-0"), 1));
        expected.Add((new DeviceKey("acme", "old-0"), 2));
        await AppendAsync(Kitchen);
        var acked = await AppendAsync(Printer);
        await AcknowledgeAsync(Printer, acked.Stream, 1);

        var found = new List<WaitingStream>();
        IReadOnlyList<WaitingStream> part;
        do
        {
            part = await Store.ListWaitingAsync(TimeSpan.FromSeconds(10), found.LastOrDefault(), 3, Cancellation);
            found.AddRange(part);
        }
        while (part.Count == 3);

        Assert.Equal(7, found.Count);
        Assert.True(expected.SetEquals(found.Select(w => (w.Device, w.LastSeq))));
    }

    [Fact]
    public async Task ListWaiting_OnlyEnded_ListsNothing()
    {
        var append = await AppendAsync(Printer, timeToLive: TimeSpan.FromSeconds(1));
        await AppendAsync(Kitchen);
        await Store.GiveUpAsync(Kitchen, (await OpenDeviceAsync(Kitchen)).Streams[0].Stream, 1, Cancellation);
        Time.Advance(TimeSpan.FromSeconds(1));
        await Store.SweepAsync(Cancellation);

        Assert.Empty(await Store.ListWaitingAsync(TimeSpan.Zero, null, 10, Cancellation));
        Assert.Equal(MessageState.Expired, await StateAsync(append));
    }
}
