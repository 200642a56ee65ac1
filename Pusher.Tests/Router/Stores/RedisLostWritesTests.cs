using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Router.Stores;
using Pusher.Router.Stores.Redis;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>A Redis that came back with its data of a while ago, as a replica does that was promoted too early: what it forgot devices may have seen.</summary>
public sealed class RedisLostWritesTests : IAsyncLifetime
{
    private const string Keep = "EVAL \"for _,k in ipairs(redis.call('KEYS','*')) do redis.call('COPY',k,'old:'..k) end\" 0";

    private const string GoBack = "EVAL \"for _,k in ipairs(redis.call('KEYS','*')) do if string.sub(k,1,4)~='old:' then redis.call('DEL',k) end end "
        + "for _,k in ipairs(redis.call('KEYS','old:*')) do redis.call('RENAME',k,string.sub(k,5)) end\" 0";

    private static readonly DeviceKey Printer = new("acme", "printer-1");
    private readonly Appender _appender = new();
    private RedisServerProcess _server = null!;
    private LinkedStore _linked = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private RedisMessageStore Store => _linked.Store;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServerProcess.StartNewAsync();
        _linked = await LinkedStore.OpenAsync(_server.Address, new RedisStoreOptions { WatchIntervalMs = 50 });
    }

    public async ValueTask DisposeAsync()
    {
        await _linked.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Append_SeqsThatTheDeviceKnowsWereLost_AreNotGivenAgain()
    {
        var kept = await AppendAsync();
        await LoseWritesBehindAsync();

        var first = await AppendAsync();
        var second = await AppendAsync();

        Assert.NotEqual(kept.Stream, first.Stream);
        Assert.Equal((first.Stream, first.Seq + 1), (second.Stream, second.Seq));
        var opened = await Store.OpenAsync(Printer, new StreamPosition[] { new(kept.Stream, 3) }, Cancel);
        Assert.Equal(new StreamReset(kept.Stream, first.Stream, uint.MaxValue), Assert.Single(opened.Resets));
        Assert.Equal([kept.MessageId, first.MessageId, second.MessageId], await PendingAsync(first.Stream));
    }

    [Fact]
    public async Task Open_BeforeAnythingNewCame_LeavesTheOldStreamAndKeepsWhatWaits()
    {
        var kept = await AppendAsync();
        await LoseWritesBehindAsync();

        var opened = await Store.OpenAsync(Printer, new StreamPosition[] { new(kept.Stream, 1) }, Cancel);

        var stream = Assert.Single(opened.Streams).Stream;
        Assert.NotEqual(kept.Stream, stream);
        Assert.Equal(kept.Stream, Assert.Single(opened.Resets).OldStream);
        Assert.Equal([kept.MessageId], await PendingAsync(stream)); // the device suppresses it by its id, if it has it
        var again = await Store.OpenAsync(Printer, new StreamPosition[] { new(stream, 0) }, Cancel);
        Assert.Empty(again.Resets);
        Assert.Equal(stream, Assert.Single(again.Streams).Stream);
    }

    [Fact]
    public async Task Append_ANodeThatHasNotNoticedYet_GoesOnInTheNewStream()
    {
        await AppendAsync();
        await using var slow = await OpenAsync(number: 0);
        await LoseWritesBehindAsync();
        var first = await AppendAsync();

        var second = await AppendAsync(slow);

        Assert.Equal((first.Stream, first.Seq + 1), (second.Stream, second.Seq));
    }

    // The other node has lost nothing and goes on, with ids above those that are missing.
    [Fact]
    public async Task Append_AnotherNodeStoredSomethingNewerMeanwhile_TheLossIsFoundAllTheSame()
    {
        await using var first = await OpenAsync(number: 1);
        await using var other = await OpenAsync(number: 2);
        var kept = await AppendAsync(first);
        await _server.CommandAsync(Keep);
        var lost = await AppendAsync(first);
        await _server.CommandAsync(GoBack);
        await AppendAsync(other, new("acme", "printer-2"));

        Assert.Equal(AppendStatus.Unavailable, (await _appender.AppendAsync(first.Store, Printer)).Status); // its seq would be the one of the lost message
        await Eventually.TrueAsync(() => first.Store.Incarnation != other.Store.Incarnation);

        var next = await AppendAsync(first);
        Assert.NotEqual(lost.Stream, next.Stream);
        Assert.Equal([kept.MessageId, next.MessageId], await PendingAsync(next.Stream));
    }

    // It was meant for the message that was lost, and sent again when Redis was back.
    [Fact]
    public async Task Acknowledge_OfTheOldStream_EndsNoMessageThatGotTheSeqAgain()
    {
        await using var other = await OpenAsync(number: 2); // does not look, and knows nothing that was lost
        var kept = await AppendAsync();
        var before = Store.Incarnation;
        await _server.CommandAsync(Keep);
        var lost = await AppendAsync();
        await _server.CommandAsync(GoBack);
        var again = await AppendAsync(other);
        Assert.Equal((lost.Stream, lost.Seq), (again.Stream, again.Seq));
        await Eventually.TrueAsync(() => Store.Incarnation != before);

        Store.Acknowledge(Printer, lost.Stream, lost.Seq);
        Assert.Null(await Store.GiveUpAsync(Printer, lost.Stream, lost.Seq, Cancel));

        var opened = await Store.OpenAsync(Printer, new StreamPosition[] { new(kept.Stream, lost.Seq) }, Cancel);
        Assert.Equal([kept.MessageId, again.MessageId], await PendingAsync(Assert.Single(opened.Streams).Stream));
    }

    // Two more messages are stored, and seen by the device; then they have never been.
    private async Task LoseWritesBehindAsync()
    {
        var before = Store.Incarnation;
        await _server.CommandAsync(Keep);
        await AppendAsync();
        await AppendAsync();
        await _server.CommandAsync(GoBack);
        await Eventually.TrueAsync(() => Store.Incarnation != before);
    }

    private async Task<ulong[]> PendingAsync(uint stream)
        => [.. (await Store.ReadAsync(Printer, stream, 0, 100, 1 << 20, Cancel)).Messages.Select(m => m.MessageId)];

    private async Task<TestAppend> AppendAsync(LinkedStore? node = null, DeviceKey? device = null)
    {
        var append = await _appender.AppendAsync((node ?? _linked).Store, device ?? Printer);
        Assert.Equal(AppendStatus.Stored, append.Status);
        return append;
    }

    // Another node, which looks only when it is told to.
    private Task<LinkedStore> OpenAsync(int number)
        => LinkedStore.OpenAsync(_server.Address, new RedisStoreOptions { WatchIntervalMs = 600_000, NodeNumber = number });
}
