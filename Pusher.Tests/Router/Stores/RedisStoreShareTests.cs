using System.Text;
using Pusher.Router.Faults;
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
        await using var link = await RedisLink.ConnectAsync(new RedisOptions { Configuration = server.Address });
        var odd = Enumerable.Range(0, Partition.Count).Select(partition => partition % 2 == 1).ToArray();
        await using var first = await OpenAsync(link, odd);
        await using var second = await OpenAsync(link, [.. odd.Select(isOdd => !isOdd)]);
        var appends = Enumerable.Range(1, 60).Select(i => new TestAppend
        {
            Device = new("acme", $"printer-{i}"),
            MessageId = (ulong)i,
            Payload = Encoding.UTF8.GetBytes("order"),
            AcceptedAtUnixMs = 1,
            ExpiresAtUnixMs = i % 3 == 0 ? 2 : 0,
        }).ToArray();
        foreach (var append in appends)
        {
            first.Append(append);
            Assert.Equal(AppendStatus.Stored, (await append.Completed).Status);
        }

        var cancellation = TestContext.Current.CancellationToken;
        var expired = new[] { await first.SweepAsync(cancellation), await second.SweepAsync(cancellation) };
        var waiting = new[] { await first.ListWaitingAsync(TimeSpan.Zero, null, 100, cancellation), await second.ListWaitingAsync(TimeSpan.Zero, null, 100, cancellation) };

        Assert.All(expired[0], status => Assert.True(odd[Partition.Of(status.Device)]));
        Assert.All(waiting[1], stream => Assert.False(odd[Partition.Of(stream.Device)]));
        Assert.Equal(appends.Where(a => a.ExpiresAtUnixMs > 0).Select(a => a.MessageId), expired.SelectMany(e => e).Select(s => s.MessageId).Order());
        Assert.Equal(40, waiting.SelectMany(w => w).Select(w => w.Device).Distinct().Count());
        Assert.All(waiting, part => Assert.NotEmpty(part));
    }

    private static Task<RedisMessageStore> OpenAsync(RedisLink link, bool[] share) => RedisMessageStore.OpenAsync(link, new RedisStoreOptions { Sweeps = () => share }, Breakage.None);
}
