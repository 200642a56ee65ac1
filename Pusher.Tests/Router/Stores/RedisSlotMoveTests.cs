using System.Globalization;
using Pusher.Core.Identity;
using Pusher.Router.Redis;
using Pusher.Router.Stores;
using Pusher.Router.Stores.Redis;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>A partition moves from one shard to another while it is written to: what is accepted is there, once, in order.</summary>
public sealed class RedisSlotMoveTests : IAsyncLifetime
{
    private static readonly DeviceKey Printer = new("acme", "printer-1");
    private readonly Appender _appender = new();
    private RedisShards _shards = null!;
    private LinkedStore _linked = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private RedisMessageStore Store => _linked.Store;

    public async ValueTask InitializeAsync()
    {
        _shards = await RedisShards.StartNewAsync();
        _linked = await LinkedStore.OpenAsync(_shards.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _linked.DisposeAsync();
        await _shards.DisposeAsync();
    }

    [Fact]
    public async Task Append_WhileTheSlotMoves_NothingLostAndNothingTwice()
    {
        var accepted = new List<TestAppend>();
        for (var i = 0; i < 20; i++)
        {
            accepted.Add(await AppendUntilStoredAsync($"before-{i}"));
        }

        var slot = int.Parse((await _shards.Servers[0].CommandAsync($"CLUSTER KEYSLOT {Partition.Tag(Partition.Of(Printer))}"))[1..], CultureInfo.InvariantCulture);
        var from = await _shards.OwnerAsync(slot);
        var to = (from + 1) % 3;
        var offered = new List<TestAppend>();
        await _shards.MoveSlotAsync(slot, from, to, async () => offered.Add(await _appender.AppendAsync(Store, Printer, $"during-{offered.Count}")));
        Assert.Equal(to, await _shards.OwnerAsync(slot));
        Assert.True(offered.Count > 20, "too few were offered to say anything");
        Assert.DoesNotContain(offered, append => append.Status == AppendStatus.Unknown);

        // Whoever was refused asks again under the same id, and is stored now, or was before.
        foreach (var append in offered)
        {
            accepted.Add(append.Status == AppendStatus.Stored ? append : await AppendUntilStoredAsync(append.PublisherId!));
        }

        var stream = accepted[0].Stream;
        Assert.All(accepted, append => Assert.Equal(stream, append.Stream));
        var page = await Store.ReadAsync(Printer, stream, 0, 1_000, 1 << 20, Cancel);
        Assert.Equal(accepted.OrderBy(append => append.Seq).Select(append => append.MessageId), page.Messages.Select(message => message.MessageId));
        Assert.Equal(Enumerable.Range(1, accepted.Count).Select(seq => (ulong)seq), page.Messages.Select(message => message.Seq));
        foreach (var append in accepted)
        {
            Assert.NotNull(await Store.FindAsync("acme", append.MessageId, Cancel));
        }
    }

    private async Task<TestAppend> AppendUntilStoredAsync(string publisherId)
    {
        TestAppend append = null!;
        await Eventually.TrueAsync(
            async () =>
            {
                append = await _appender.AppendAsync(Store, Printer, publisherId);
                return append.Status == AppendStatus.Stored;
            },
            $"{publisherId} is stored");
        return append;
    }
}
