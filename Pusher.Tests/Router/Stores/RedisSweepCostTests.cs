using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using Pusher.Core.Identity;
using Pusher.Router.Faults;
using Pusher.Router.Redis;
using Pusher.Router.Stores;
using Pusher.Router.Stores.Redis;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>What the sweep costs for a device that is away, when thousands of its messages have expired behind one that waits. Counted in look-ups of keys, as Redis counts them.</summary>
public sealed class RedisSweepCostTests
{
    private const int Expired = 3_000;
    private const int LookUpsMax = 300;

    private static readonly DeviceKey Printer = new("acme", "printer-1");

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private ulong _lastId = 1_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sweep_ThousandsExpiredBehindOneThatWaits_ReadsWhatIsNewOnly()
    {
        await using var server = await RedisServerProcess.StartNewAsync();
        await using var link = await RedisLink.ConnectAsync(new RedisOptions { Configuration = server.Address });
        var own = Enumerable.Range(0, Partition.Count).Select(partition => partition == Partition.Of(Printer)).ToArray(); // each partition costs a look-up by itself
        await using var store = await RedisMessageStore.OpenAsync(link, new RedisStoreOptions { Time = _time, QueueMessagesMax = 2 * Expired, Sweeps = () => own }, Breakage.None);
        var waiting = await AppendAsync(store, expiresInMs: 0);
        await Task.WhenAll(Enumerable.Range(0, Expired).Select(_ => AppendAsync(store, expiresInMs: 1_000)));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(Expired, (await store.SweepAsync(Cancellation)).Count);
        var last = await AppendAsync(store, expiresInMs: 1_000);
        _time.Advance(TimeSpan.FromSeconds(10));

        var before = await LookUpsAsync(server);
        var ended = await store.SweepAsync(Cancellation);
        var listed = await store.ListWaitingAsync(TimeSpan.FromSeconds(5), null, 10, Cancellation);
        var lookUps = await LookUpsAsync(server) - before;

        Assert.Equal(last.MessageId, Assert.Single(ended).MessageId);
        Assert.Equal(last.Seq, Assert.Single(listed).LastSeq);
        Assert.InRange(lookUps, 1, LookUpsMax);
        store.Acknowledge(Printer, waiting.Stream, last.Seq);
        await store.FlushAsync(Cancellation);
        Assert.Empty(await store.ListWaitingAsync(TimeSpan.Zero, null, 10, Cancellation));
        Assert.Equal(Pusher.Core.Messages.MessageState.Acked, (await store.FindAsync("acme", waiting.MessageId, Cancellation))!.State);
        Assert.InRange(await LookUpsAsync(server) - before - lookUps, 1, LookUpsMax);
        Assert.Equal(1, (await AppendAsync(store, expiresInMs: 0)).QueueDepth);
    }

    private static async Task<long> LookUpsAsync(RedisServerProcess server)
    {
        var stats = await server.CommandAsync("INFO stats");
        return Regex.Matches(stats, @"keyspace_(?:hits|misses):(\d+)").Sum(count => long.Parse(count.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    private async Task<TestAppend> AppendAsync(RedisMessageStore store, long expiresInMs)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var append = new TestAppend
        {
            Device = Printer,
            MessageId = ++_lastId,
            Payload = "order"u8.ToArray(),
            AcceptedAtUnixMs = now,
            ExpiresAtUnixMs = expiresInMs == 0 ? 0 : now + expiresInMs,
        };
        store.Append(append);
        Assert.Equal(AppendStatus.Stored, (await append.Completed).Status);
        return append;
    }
}
