using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;
using Pusher.Router.Redis;
using Pusher.Router.Routes;
using Pusher.Router.Stores;

namespace Pusher.Server.Sessions;

/// <summary>
/// Brings sessions and Redis together again: after Redis lost data, after it was away, after this node was frozen beyond its lease. Routes that are missing
/// are written, sessions whose device has logged in elsewhere meanwhile end, and after a loss of messages every session reads its streams anew. All that
/// at a limited rate, by partition, without a device noticing more than a RESET.
/// </summary>
/// <remarks>Threading: one loop; <see cref="Begin"/> and the counts from any thread.</remarks>
public sealed class SessionRecovery : IAsyncDisposable
{
    private readonly SessionDirectory _directory;
    private readonly IRouteTable _routes;
    private readonly IRouteRestorer _restorer;
    private readonly SessionEviction _eviction;
    private readonly SessionRecoveryOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private int _storeLost;
    private long _restored;
    private long _superseded;
    private long _runs;

    /// <param name="directory">The sessions.</param>
    /// <param name="routes">Where routes are released.</param>
    /// <param name="restorer">Where they are written again; the same table.</param>
    /// <param name="eviction">Ends those that are not the device's any more.</param>
    /// <param name="options">The pace.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where runs are told.</param>
    public SessionRecovery(
        SessionDirectory directory,
        IRouteTable routes,
        IRouteRestorer restorer,
        SessionEviction eviction,
        SessionRecoveryOptions options,
        TimeProvider time,
        ILogger logger)
    {
        _directory = directory;
        _routes = routes;
        _restorer = restorer;
        _eviction = eviction;
        _options = options;
        _time = time;
        _logger = logger;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Routes that were missing and were written again.</summary>
    public long Restored => Volatile.Read(ref _restored);

    /// <summary>Sessions that ended because their device had logged in elsewhere unnoticed.</summary>
    public long Superseded => Volatile.Read(ref _superseded);

    /// <summary>Runs over all sessions that came to their end.</summary>
    public long Runs => Volatile.Read(ref _runs);

    /// <summary>Asks for a run over all sessions; one that is under way is followed by another.</summary>
    /// <param name="storeLost">Messages were lost as well: streams are read anew.</param>
    public void Begin(bool storeLost)
    {
        if (storeLost)
        {
            Interlocked.Exchange(ref _storeLost, 1);
        }

        _wake.Release();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
        _wake.Dispose();
    }

    private async Task RunAsync()
    {
        var stop = _stopping.Token;
        while (!stop.IsCancellationRequested)
        {
            var storeLost = false;
            try
            {
                await _wake.WaitAsync(stop).ConfigureAwait(false);
                while (_wake.Wait(0, CancellationToken.None))
                {
                    // Asked several times: one run is for all.
                }

                storeLost = Interlocked.Exchange(ref _storeLost, 0) != 0;
                await RecoverAsync(storeLost, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                SessionLog.RecoveryFailed(_logger, e is StoreUnavailableException ? e.Message : e.ToString());
                await Task.Delay(TimeSpan.FromMilliseconds(_options.RetryMs), _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Begin(storeLost);
            }
        }
    }

    private async Task RecoverAsync(bool storeLost, CancellationToken stop)
    {
        var sessions = _directory.ToList();
        var (restored, superseded) = (0, 0);
        var startedAt = _time.GetTimestamp();
        var perSecond = Math.Max(_options.PerSecondMin, sessions.Count * 1000.0 / _options.SpreadMs);
        var done = 0;
        foreach (var group in sessions.GroupBy(session => Partition.Of(session.Key)))
        {
            foreach (var part in group.Chunk(IRouteRestorer.RoutesMax))
            {
                var outcomes = await _restorer.RestoreAsync([.. part.Select(s => new HeldRoute(s.Key, s.Value.Epoch, s.Value.Order))], stop).ConfigureAwait(false);
                for (var i = 0; i < part.Length; i++)
                {
                    restored += outcomes[i] == RestoreOutcome.Restored ? 1 : 0;
                    superseded += outcomes[i] == RestoreOutcome.Superseded ? 1 : 0;
                    await SettleAsync(part[i].Key, part[i].Value, outcomes[i], storeLost).ConfigureAwait(false);
                }

                done += part.Length;
                var ahead = TimeSpan.FromSeconds(done / perSecond) - _time.GetElapsedTime(startedAt);
                if (ahead > TimeSpan.FromMilliseconds(10))
                {
                    await Task.Delay(ahead, _time, stop).ConfigureAwait(false);
                }
            }
        }

        Interlocked.Add(ref _restored, restored);
        Interlocked.Add(ref _superseded, superseded);
        Interlocked.Increment(ref _runs);
        SessionLog.Recovered(_logger, sessions.Count, restored, superseded, storeLost);
    }

    private async ValueTask SettleAsync(DeviceKey device, SessionHandle session, RestoreOutcome outcome, bool storeLost)
    {
        if (outcome == RestoreOutcome.Superseded)
        {
            _ = _eviction.EvictAsync(device, session.Epoch + 1).AsTask(); // never fails; a stuck reactor must not hold up the others
            return;
        }

        if (outcome == RestoreOutcome.Restored && (!_directory.TryFind(device, out var now) || now.Epoch != session.Epoch))
        {
            await _routes.ReleaseAsync(device, session.Epoch, CancellationToken.None).ConfigureAwait(false); // it left while its route was written
            return;
        }

        if (storeLost)
        {
            session.Mailbox.Post(new ReactorMail(ReactorMailKind.StoreLost, session.Connection));
        }
    }
}
