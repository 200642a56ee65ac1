using System.Text;
using Pusher.Router.Redis;
using Pusher.Router.Stores;
using Pusher.Router.Stores.Redis;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>Two nodes that divide the partitions see all that waits, and each of it once.</summary>
public sealed class RedisStoreShareTests
{
    [Fact]
    public async Task SweepAndList_DividedPartitions_CoverEverythingOnce()
    {
        await using var server = await RedisServerProcess.StartNewAsync();
        var odd = Enumerable.Range(0, Partition.Count).Select(partition => partition % 2 == 1).ToArray();
        await using var first = await OpenAsync(server, odd);
        await using var second = await OpenAsync(server, [.. odd.Select(isOdd => !isOdd)]);
        var appends = Enumerable.Range(1, 60).Select(i => new TestAppend
        {
            Device = new("acme", $"printer-{i}"),
            MessageId = (ulong)i,
            Payload = Encoding.UTF8.GetBytes("order"),
            AcceptedAtUnixMs = 1,
            ExpiresAtUnixMs = i % 3 == 0 ? 2 : 0,
        }).ToArray();
        await StoreAllAsync(first.Store, appends);

        var cancellation = TestContext.Current.CancellationToken;
        var expired = new[] { await first.Store.SweepAsync(cancellation), await second.Store.SweepAsync(cancellation) };
        var waiting = new[] { await first.Store.ListWaitingAsync(TimeSpan.Zero, null, 100, cancellation), await second.Store.ListWaitingAsync(TimeSpan.Zero, null, 100, cancellation) };

        Assert.All(expired[0], status => Assert.True(odd[Partition.Of(status.Device)]));
        Assert.All(waiting[1], stream => Assert.False(odd[Partition.Of(stream.Device)]));
        Assert.Equal(appends.Where(a => a.ExpiresAtUnixMs > 0).Select(a => a.MessageId), expired.SelectMany(e => e).Select(s => s.MessageId).Order());
        Assert.Equal(40, waiting.SelectMany(w => w).Select(w => w.Device).Distinct().Count());
        Assert.All(waiting, part => Assert.NotEmpty(part));
    }

    // As for a moment after a node has come or gone: both believe that a partition is theirs.
    [Fact]
    public async Task Sweep_TwoNodesOnTheSamePartitions_EndEachMessageOnceAndBothRing()
    {
        const int Messages = 500;
        await using var server = await RedisServerProcess.StartNewAsync();
        var all = Enumerable.Repeat(true, Partition.Count).ToArray();
        await using var first = await OpenAsync(server, all);
        await using var second = await OpenAsync(server, all);
        var appends = Enumerable.Range(1, Messages).Select(i => new TestAppend
        {
            Device = new("acme", $"printer-{i % 50}"),
            MessageId = (ulong)i,
            AcceptedAtUnixMs = 1,
            ExpiresAtUnixMs = i % 5 == 0 ? 0 : 2,
        }).ToArray();
        await StoreAllAsync(first.Store, appends);

        var cancellation = TestContext.Current.CancellationToken;
        RedisMessageStore[] stores = [first.Store, second.Store, first.Store, second.Store];
        var expired = (await Task.WhenAll(stores.Select(async store => await store.SweepAsync(cancellation)))).SelectMany(part => part).ToArray();
        var waiting = await Task.WhenAll(stores.Take(2).Select(async store => await store.ListWaitingAsync(TimeSpan.Zero, null, 100, cancellation)));

        Assert.Equal(appends.Where(a => a.ExpiresAtUnixMs > 0).Select(a => a.MessageId), expired.Select(status => status.MessageId).Order());
        Assert.Equal(waiting[0].Select(stream => stream.Device), waiting[1].Select(stream => stream.Device));
        Assert.Equal(10, waiting[0].Count); // the devices of the messages that do not expire: i % 50 of multiples of 5
    }

    private static Task<LinkedStore> OpenAsync(RedisServerProcess server, bool[] share) => LinkedStore.OpenAsync(server.Address, new RedisStoreOptions { Sweeps = () => share });

    private static async Task StoreAllAsync(RedisMessageStore store, TestAppend[] appends)
    {
        foreach (var append in appends)
        {
            store.Append(append);
            Assert.Equal(AppendStatus.Stored, (await append.Completed).Status);
        }
    }
}
