using System.Collections.Concurrent;
using Pusher.Core.Identity;
using Pusher.Router.Redis;
using Pusher.Router.Stores;
using Pusher.Router.Stores.Redis;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>
/// The power of Redis's machine goes: only what reached the disk is left. Redis works in an ext4 image; in the middle of the load it is stopped and the image copied, which is
/// what the disk would hold, and goes on on the copy.
/// </summary>
public sealed class RedisPowerCutTests
{
    private const long ImageBytes = 96 << 20;
    private const int Answers = 2_000;
    private const int Outstanding = 64;

    private readonly Appender _appender = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PowerCut_FlushedWithEveryWrite_LosesNothingThatWasAnswered() => Assert.Equal(0, await CutAsync("always"));

    // Not everysec: then it depends on the moment.
    [Fact]
    public async Task PowerCut_NotFlushed_IsFoundToLose() => Assert.NotEqual(0, await CutAsync("no"));

    private async Task<int> CutAsync(string flush)
    {
        using var directory = new StoreDirectory();
        var (image, copy, mount) = (Path.Combine(directory.Path, "disk.img"), Path.Combine(directory.Path, "after.img"), Path.Combine(directory.Path, "disk"));
        var disk = LoopMount.TryImage(image, ImageBytes, mount, out var reason);
        Assert.SkipWhen(disk is null, $"Loop mounts are not allowed here ({reason}); the power-cut test has shown nothing.");
        RedisServerProcess? redis = null;
        try
        {
            redis = await RedisServerProcess.StartNewAsync("--appendonly", "yes", "--appendfsync", flush, "--dir", mount);
            var answered = await AppendUntilCutAsync(redis, () => File.Copy(image, copy));
            disk!.Dispose();
            disk = LoopMount.TryImage(copy, 0, mount, out reason);
            Assert.True(disk is not null, reason);
            await redis.StartAsync();
            return await CountLostAsync(redis, answered);
        }
        finally
        {
            await (redis?.DisposeAsync() ?? ValueTask.CompletedTask);
            disk?.Dispose();
        }
    }

    // The cut falls somewhere behind so many answers, while more are on their way.
    private async Task<ICollection<ulong>> AppendUntilCutAsync(RedisServerProcess redis, Action copy)
    {
        await using var linked = await LinkedStore.OpenAsync(Weak(redis));
        var answered = new ConcurrentQueue<ulong>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var load = Task.WhenAll(Enumerable.Range(0, Outstanding).Select(i => Task.Run(() => AppendUntilRefusedAsync(linked.Store, i, answered, stop.Token), Cancel)));
        await Eventually.TrueAsync(() => answered.Count >= Answers);
        await redis.FreezeAsync();
        var before = answered.ToArray();
        copy();
        await redis.KillAsync();
        await stop.CancelAsync();
        await load;
        return before;
    }

    private async Task AppendUntilRefusedAsync(RedisMessageStore store, int device, ConcurrentQueue<ulong> answered, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var append = _appender.New(new DeviceKey("acme", $"printer-{device}"));
            append.Payload = new byte[128];
            store.Append(append);
            if ((await append.Completed).Status != AppendStatus.Stored)
            {
                return; // the power is gone, or the queue is full
            }

            answered.Enqueue(append.MessageId);
        }
    }

    private static async Task<int> CountLostAsync(RedisServerProcess redis, ICollection<ulong> answered)
    {
        await using var linked = await LinkedStore.OpenAsync(Weak(redis));
        var lost = 0;
        foreach (var id in answered)
        {
            lost += await linked.Store.FindAsync("acme", id, Cancel) is null ? 1 : 0;
        }

        Assert.True(answered.Count >= Answers, "too few were answered to say anything");
        return lost;
    }

    private static RedisOptions Weak(RedisServerProcess redis) => new() { Configuration = redis.Address, AcceptWeakDurability = true };
}
