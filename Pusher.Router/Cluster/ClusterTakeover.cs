using System.Collections.Concurrent;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;
using Pusher.Router.Cache;
using Pusher.Router.Logging;
using Pusher.Router.Routes;

namespace Pusher.Router.Cluster;

/// <summary>
/// Takeovers between nodes. The winner claims, then kicks the loser's node and waits for its answer, so that what the loser's session acknowledged is in
/// the store before the winner's reads it. A kick or an answer that is lost costs the take-over time, and messages that are sent twice and suppressed.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class ClusterTakeover(
    TwoLevelCache<DeviceKey, Route> routes,
    ClusterSender sender,
    ILocalSessions sessions,
    Func<string, Lifetime?> lifetimeOf,
    ClusterOptions options,
    ClusterCounters counters,
    TimeProvider time,
    ILogger log) : ITakeover
{
    /// <summary>Kicks that are remembered, in case the login they are for comes behind them.</summary>
    private const int FencesMax = 16_384;

    // A node that has died leaves as many of them as it had devices.
    private static readonly TimeSpan TellInterval = TimeSpan.FromSeconds(10);

    private readonly FastConcurrentLru<DeviceKey, ulong> _fences = new(FencesMax);
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource> _calls = new();
    private readonly LogPace _lines = new(time, TellInterval, linesMax: 1);
    private ulong _lastCall;

    /// <inheritdoc/>
    public async ValueTask ClaimedAsync(DeviceKey device, RouteClaim claim)
    {
        routes.Drop(device);
        sender.SendToAll(new MovedEntry(device, claim.Route.Epoch));
        if (claim.Replaced is { } replaced && replaced.Node != options.Node)
        {
            counters.OnTakeover();
            await KickAsync(device, replaced.Node, claim.Route.Epoch).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public bool IsFenced(DeviceKey device, ulong epoch) => _fences.TryGet(device, out var fence) && fence > epoch;

    /// <summary>A newer login elsewhere wants the device's session here to end.</summary>
    public void OnKick(string node, in KickEntry kick)
    {
        Fence(kick.Device, kick.Epoch); // before the look into the directory: whoever enters it later sees the fence
        _ = EvictAsync(node, kick);
    }

    /// <summary>The answer to a kick of this node.</summary>
    public void OnKicked(in KickedEntry kicked)
    {
        if (_calls.TryRemove(kicked.Call, out var call))
        {
            call.TrySetResult();
        }
    }

    /// <summary>The device logged in on another node: that is its route. Its kick may have been lost.</summary>
    public void OnMoved(string node, in MovedEntry moved)
    {
        if (routes.TryPeek(moved.Device, out var route) && route is { } known && known.Epoch >= moved.Epoch)
        {
            // News that was overtaken.
        }
        else if (lifetimeOf(node) is { } lifetime)
        {
            routes.Set(moved.Device, new Route(node, moved.Epoch, (long)moved.Epoch, default) { NodeLifetime = lifetime });
        }
        else
        {
            routes.Drop(moved.Device); // whatever is on its way from level 2 as well
        }

        _ = CountEvictionAsync(moved.Device, moved.Epoch);
    }

    private void Fence(DeviceKey device, ulong epoch)
    {
        if (!_fences.TryGet(device, out var known) || known < epoch)
        {
            _fences.AddOrUpdate(device, epoch);
        }
    }

    private async Task EvictAsync(string node, KickEntry kick)
    {
        await CountEvictionAsync(kick.Device, kick.Epoch).ConfigureAwait(false);
        sender.Send(node, new KickedEntry(kick.Call));
    }

    private async Task CountEvictionAsync(DeviceKey device, ulong epoch)
    {
        if (await sessions.EvictAsync(device, epoch).ConfigureAwait(false))
        {
            counters.OnEvicted();
        }
    }

    private async Task KickAsync(DeviceKey device, string node, ulong epoch)
    {
        var number = Interlocked.Increment(ref _lastCall);
        var call = _calls[number] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            if (sender.Send(node, new KickEntry(device, epoch, number)))
            {
                await call.Task.WaitAsync(TimeSpan.FromMilliseconds(options.TakeOverMs), time).ConfigureAwait(false);
                return;
            }
        }
        catch (TimeoutException)
        {
            _calls.TryRemove(number, out _);
        }

        _calls.TryRemove(number, out _);
        counters.OnKickUnanswered();
        TellUnanswered(device, node);
    }

    private void TellUnanswered(DeviceKey device, string node)
    {
        if (_lines.TryTell(out var more))
        {
            ClusterLog.KickUnanswered(log, device, node, more);
        }
    }
}
