using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Router.Redis;
using Pusher.Router.Stores;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>In Cluster one shard came back with its data of a while ago, the others lost nothing: what is known of the whole does not show it.</summary>
public sealed class RedisShardLossTests(RedisClusterStores stores) : IClassFixture<RedisClusterStores>
{
    private static readonly DeviceKey Printer = new("acme", "printer-1");
    private static readonly DeviceKey Elsewhere = new("acme", "printer-2"); // another partition
    private readonly Appender _appender = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Append_SeqsOfItsShardWereLost_AreNotGivenAgain()
    {
        var store = await stores.OpenEmptyAsync(new StoreSettings());
        var kept = await _appender.AppendAsync(store, Printer);
        Assert.Equal(AppendStatus.Stored, kept.Status);
        await _appender.AppendAsync(store, Elsewhere);
        await OfPartitionAsync("redis.call('COPY',k,'old:'..k)");
        var lost = await _appender.AppendAsync(store, Printer);
        await OfPartitionAsync("if string.sub(k,1,4)~='old:' then redis.call('DEL',k) end");
        await OfPartitionAsync("if string.sub(k,1,4)=='old:' then redis.call('RENAME',k,string.sub(k,5)) end");
        await _appender.AppendAsync(store, Elsewhere);

        TestAppend next;
        do
        {
            next = await _appender.AppendAsync(store, Printer);
            Assert.NotEqual((lost.Stream, lost.Seq), (next.Stream, next.Seq));
        }
        while (next.Status == AppendStatus.Unavailable); // until the loss is announced

        Assert.Equal(AppendStatus.Stored, next.Status);
        var opened = await store.OpenAsync(Printer, new StreamPosition[] { new(lost.Stream, lost.Seq) }, Cancel);
        Assert.Equal(lost.Stream, Assert.Single(opened.Resets).OldStream);
        var page = await store.ReadAsync(Printer, next.Stream, 0, 100, 1 << 20, Cancel);
        Assert.Equal([kept.MessageId, next.MessageId], page.Messages.Select(m => m.MessageId));
    }

    // The printer's partition alone; the pattern finds copies as well.
    private Task OfPartitionAsync(string action)
        => stores.CommandAllAsync($"EVAL \"for _,k in ipairs(redis.call('KEYS','*{Partition.Tag(Partition.Of(Printer))}*')) do {action} end\" 0");
}
