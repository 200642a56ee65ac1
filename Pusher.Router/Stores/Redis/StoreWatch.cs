using Microsoft.Extensions.Logging;
using Pusher.Router.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>
/// Looks at intervals, and as soon as a lost connection is back, whether the store is the one it was: its incarnation is there
/// (a flushed or empty Redis has none) and nothing that was answered OK is missing (a replica that took over too early is behind).
/// Until it has looked after a lost connection, appends are refused: on a store that is behind they would be given seqs that devices know.
/// </summary>
/// <remarks>Threading: one loop; the properties from any thread.</remarks>
internal sealed class StoreWatch : IAsyncDisposable
{
    private readonly RedisStoreOptions _options;
    private readonly RedisLink _link;
    private readonly StoreView _view;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Task _loop;
    private int _losses;
    private int _lossesSeen;
    private bool _isFailing;

    public StoreWatch(RedisStoreOptions options, RedisLink link, StoreView view, ILogger logger)
    {
        _options = options;
        _link = link;
        _view = view;
        _logger = logger;
        link.ConnectionChanged += OnConnectionChanged;
        link.Demoted += OnDemoted;
        view.Missed += OnMissed;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Raised with the new incarnation.</summary>
    public event Action<ulong>? DataLost;

    public ulong Incarnation => _view.Current.Incarnation;

    /// <summary>True from the loss of a connection until the store is known to be whole.</summary>
    public bool IsInDoubt => Volatile.Read(ref _losses) != Volatile.Read(ref _lossesSeen);

    /// <summary>Ends the loop. A connection that comes back at this moment wakes nobody: the semaphore needs no disposal, as its wait handle is not used.</summary>
    public async ValueTask DisposeAsync()
    {
        _link.ConnectionChanged -= OnConnectionChanged;
        _link.Demoted -= OnDemoted;
        _view.Missed -= OnMissed;
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void OnConnectionChanged(bool isConnected)
    {
        if (isConnected)
        {
            _wake.Release();
        }
        else
        {
            Interlocked.Increment(ref _losses);
        }
    }

    private void OnDemoted()
    {
        Interlocked.Increment(ref _losses);
        _wake.Release();
    }

    private void OnMissed() => _wake.Release();

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await _wake.WaitAsync(_options.WatchIntervalMs, _stopping.Token).ConfigureAwait(false);
                await LookAsync().ConfigureAwait(false);
                _isFailing = false;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!_isFailing)
                {
                    _isFailing = true;
                    RedisLog.WatchFailed(_logger, _link.Name, RedisLink.Summary(e));
                }
            }
        }
    }

    private async Task LookAsync()
    {
        // Both read before the question: of what happens meanwhile the answer need not know.
        var losses = Volatile.Read(ref _losses);
        var known = _view.Current;
        var stored = known.Highest;
        var identity = await StoreIdentity.ReadAsync(_link, _options.NodeNumber).ConfigureAwait(false);
        if (identity.Incarnation != known.Incarnation)
        {
            Announce(identity.IsOfPromotion ? "a replica has taken over, which may lack the newest messages" : "another incarnation", identity.Incarnation);
        }
        else if (identity.HighestOfNode < stored || known.IsMissed)
        {
            var renewed = await StoreIdentity.ReadAsync(_link, _options.NodeNumber, lost: known.Incarnation).ConfigureAwait(false);
            Announce($"messages through {stored} were stored, and some are missing", renewed.Incarnation);
        }

        Volatile.Write(ref _lossesSeen, losses);
    }

    private void Announce(string proof, ulong incarnation)
    {
        var old = _view.Current.Incarnation;
        _view.Renew(incarnation);
        StoreMeters.DataLosses.Add(1);
        RedisLog.DataLost(_logger, _link.Name, proof, old, incarnation);
        DataLost?.Invoke(incarnation);
    }
}
