using System.Globalization;
using System.Text;
using Pusher.Core.Identity;
using Pusher.Router.Faults;
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
    private readonly MessageIdGenerator _ids = new(TimeProvider.System, 1, 0);
    private RedisShards _shards = null!;
    private RedisLink _link = null!;
    private RedisMessageStore _store = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _shards = await RedisShards.StartNewAsync();
        _link = await RedisLink.ConnectAsync(new RedisOptions { Configuration = _shards.Address });
        _store = await RedisMessageStore.OpenAsync(_link, new RedisStoreOptions(), Breakage.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _link.DisposeAsync();
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
        await _shards.MoveSlotAsync(slot, from, to, async () =>
        {
            var append = NewAppend($"during-{offered.Count}");
            offered.Add(append);
            _store.Append(append);
            await append.Completed.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        });
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
        var page = await _store.ReadAsync(Printer, stream, 0, 1_000, 1 << 20, Cancel);
        Assert.Equal(accepted.OrderBy(append => append.Seq).Select(append => append.MessageId), page.Messages.Select(message => message.MessageId));
        Assert.Equal(Enumerable.Range(1, accepted.Count).Select(seq => (ulong)seq), page.Messages.Select(message => message.Seq));
        foreach (var append in accepted)
        {
            Assert.NotNull(await _store.FindAsync("acme", append.MessageId, Cancel));
        }
    }

    private async Task<TestAppend> AppendUntilStoredAsync(string publisherId)
    {
        TestAppend append = null!;
        await Eventually.TrueAsync(
            async () =>
            {
                append = NewAppend(publisherId);
                _store.Append(append);
                await append.Completed.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
                return append.Status == AppendStatus.Stored;
            },
            $"{publisherId} is stored");
        return append;
    }

    private TestAppend NewAppend(string publisherId) => new()
    {
        Device = Printer,
        MessageId = _ids.Next(),
        PublisherId = publisherId,
        Payload = Encoding.UTF8.GetBytes(publisherId),
        AcceptedAtUnixMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
    };
}
