using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Pusher.Router.Faults;
using Pusher.Router.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>
/// Sends the requests of some partitions, one batch after the other: while one is on its way the next gathers, so batches grow with the load.
/// </summary>
/// <remarks>
/// Threading: <see cref="TryAdd"/> from any thread; one loop does the rest, and answers.
/// After a failure everything that waits is answered at once, else it would wait for its own time-out behind the first; what nobody
/// waits for (acknowledgements, results) is kept and sent again.
/// </remarks>
internal sealed class RedisLane : IAsyncDisposable
{
    private static readonly TimeSpan PauseAfterFault = TimeSpan.FromMilliseconds(100);

    private readonly RedisStoreOptions _options;
    private readonly LaneQueue _queue;
    private readonly BatchSender _sender;
    private readonly RedisLink _link;
    private readonly ILogger _logger;
    private readonly List<StoreRequest> _batch = [];
    private readonly List<StoreRequest> _kept = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _loop;
    private bool _isFailing;

    public RedisLane(RedisStoreOptions options, RedisLink link, Breakage breakage, StoreView view, ILogger logger)
    {
        _options = options;
        _link = link;
        _logger = logger;
        _queue = new LaneQueue(options);
        _sender = new BatchSender(options, link, breakage, view);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>False when the request cannot be taken.</summary>
    public bool TryAdd(in StoreRequest request) => _queue.TryAdd(request);

    /// <summary>Refuses further requests and answers those that are here.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Close();
        await _closing.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _queue.Dispose();
        _closing.Dispose();
    }

    private async Task RunAsync()
    {
        while (await NextBatchAsync().ConfigureAwait(false))
        {
            var started = TimeProvider.System.GetTimestamp();
            StoreMeters.BatchRequests.Record(_batch.Count);
            try
            {
                await _sender.SendAsync(_batch).ConfigureAwait(false);
                StoreMeters.BatchDuration.Record(TimeProvider.System.GetElapsedTime(started).TotalSeconds);
                _isFailing = false;
            }
            catch (Exception e)
            {
                await FailAsync(e).ConfigureAwait(false);
            }

            _batch.Clear();
        }
    }

    // What was kept goes first: it was handed in first.
    private async ValueTask<bool> NextBatchAsync()
    {
        _batch.AddRange(_kept.Take(_options.BatchRequestsMax));
        _kept.RemoveRange(0, _batch.Count);
        return _batch.Count > 0 || await _queue.TakeAsync(_batch).ConfigureAwait(false);
    }

    private async Task FailAsync(Exception cause)
    {
        StoreMeters.Failures.Add(1);
        if (RedisFault.IsDemoted(cause))
        {
            _link.ReportDemoted(); // the next answer may come from a server that lacks something, without a connection that was lost
        }

        var sent = RedisFault.HadNoEffect(cause) ? AppendStatus.Unavailable : AppendStatus.Unknown;
        if (!_isFailing)
        {
            _isFailing = true;
            RedisLog.BatchFailed(_logger, _link.Name, _batch.Count, RedisLink.Summary(cause), sent);
        }

        // Taken before the first answer goes out: what comes in behind an answer is not of this failure.
        var waiting = new List<StoreRequest>();
        _queue.TakeAll(waiting);
        EndAll(_batch, sent, cause);
        EndAll(waiting, AppendStatus.Unavailable, cause);
        await Task.Delay(PauseAfterFault, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void EndAll(List<StoreRequest> requests, AppendStatus status, Exception cause)
    {
        foreach (ref readonly var request in CollectionsMarshal.AsSpan(requests))
        {
            if (request.Kind == RequestKind.Append)
            {
                EndAppend(in request, status);
            }
            else if (request.Target is StoreCall call)
            {
                call.Fail(_link.Unavailable(cause)); // nothing, when it has ended already
            }
            else if (request.CanBeRepeated)
            {
                Keep(request);
            }
        }
    }

    // A defect of whoever gets the answer must not end the lane: nothing of its partitions would be answered from then on.
    private void EndAppend(in StoreRequest request, AppendStatus status)
    {
        try
        {
            request.EndAppend(status);
        }
        catch (Exception e)
        {
            RedisLog.AnswerFailed(_logger, _link.Name, e);
        }
    }

    private void Keep(in StoreRequest request)
    {
        if (_kept.Count < _options.LaneRequestsMax && !_closing.IsCancellationRequested)
        {
            _kept.Add(request);
        }
        else
        {
            StoreMeters.Dropped.Add(1);
        }
    }
}
