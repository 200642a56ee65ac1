using Microsoft.Extensions.Logging;
using Pusher.Core.Metrics;
using Pusher.Router.Stores;

namespace Pusher.Router.Dispatch;

/// <summary>
/// The net below the doorbell: at intervals it ends messages that are over their time and rings again for those that wait. So a lost ring,
/// a dropped bus message or a crash between OK and ring costs seconds, not the message.
/// </summary>
/// <remarks>Threading: one loop; <see cref="Start"/> and <see cref="StopAsync"/> from the host's thread.</remarks>
public sealed class Sweeper : IAsyncDisposable
{
    private readonly IMessageStore _store;
    private readonly IDoorbell _doorbell;
    private readonly EventPublisher _events;
    private readonly TimeProvider _time;
    private readonly SweeperOptions _options;
    private readonly PusherMeter _meter;
    private readonly ILogger _log;
    private readonly RingBackoff _backoff;
    private readonly long _startedAt;
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;
    private WaitingStream? _after;
    private bool _isFailing;

    public Sweeper(
        IMessageStore store,
        IDoorbell doorbell,
        EventPublisher events,
        TimeProvider time,
        SweeperOptions options,
        PusherMeter meter,
        ILogger<Sweeper> log)
    {
        options.Validate();
        _store = store;
        _doorbell = doorbell;
        _events = events;
        _time = time;
        _options = options;
        _meter = meter;
        _log = log;
        _backoff = new RingBackoff(options);
        _startedAt = time.GetTimestamp();
    }

    private long NowMs => (long)_time.GetElapsedTime(_startedAt).TotalMilliseconds;

    /// <summary>Starts the loop.</summary>
    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Ends the loop after the step it is at.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
    }

    /// <summary>One turn; what the loop does at each interval. A store that fails is told once and tried again at the next turn.</summary>
    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var ended in await _store.SweepAsync(cancellationToken).ConfigureAwait(false))
            {
                _events.Ended(ended);
            }

            await RingWaitingAsync(cancellationToken).ConfigureAwait(false);
            if (_isFailing)
            {
                _isFailing = false;
                RouterLog.SweepRecovered(_log);
            }
        }
        catch (StoreUnavailableException e)
        {
            if (!_isFailing)
            {
                _isFailing = true;
                RouterLog.SweepFailed(_log, e.Message);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RingWaitingAsync(CancellationToken cancellationToken)
    {
        var age = TimeSpan.FromMilliseconds(_options.WaitingAgeMs);
        for (var rung = 0; rung < _options.StreamsPerTurnMax;)
        {
            var page = await _store.ListWaitingAsync(age, _after, _options.PageSize, cancellationToken).ConfigureAwait(false);
            foreach (var waiting in page)
            {
                if (_backoff.MayRing(waiting, NowMs) && _doorbell.Ring(waiting.Device, waiting.Stream, waiting.LastSeq))
                {
                    _meter.Swept();
                }
            }

            rung += page.Count;
            _after = page.Count < _options.PageSize ? null : page[^1];
            if (_after is null)
            {
                _backoff.EndPass();
                return;
            }
        }
    }

    private async Task RunAsync()
    {
        var stop = _stopping.Token;
        var interval = TimeSpan.FromMilliseconds(_options.IntervalMs);
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(interval, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
            {
                return;
            }

            try
            {
                await TurnAsync(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A defect, and said as one; but a loop that ended here would leave messages unexpired and lost rings lost for ever.
                RouterLog.SweepTurnFailed(_log, e);
            }
        }
    }
}
