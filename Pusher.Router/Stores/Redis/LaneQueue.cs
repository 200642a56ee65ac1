namespace Pusher.Router.Stores.Redis;

/// <summary>
/// What waits for a lane, in order. Appends and calls have somebody waiting and go at once, with everything that has gathered; acknowledgements,
/// results and attempts have nobody: they ride along with the next append, or go after the patience by themselves.
/// </summary>
/// <remarks>Threading: <see cref="TryAdd"/> and <see cref="Close"/> from any thread, the rest from the lane.</remarks>
internal sealed class LaneQueue(RedisStoreOptions options) : IDisposable
{
    /// <summary>So many patient requests are a batch worth a command.</summary>
    private readonly int _patientMax = Math.Max(1, options.BatchRequestsMax / 2);

    private readonly object _gate = new();
    private readonly SemaphoreSlim _wake = new(0);
    private List<StoreRequest> _filling = [];
    private List<StoreRequest> _taken = [];
    private int _next;
    private long _bytes;
    private int _urgent;
    private long _patientSince;
    private bool _isLaneWaiting;
    private bool _isClosed;

    /// <summary>False when the queue is closed, or full and the request may be refused.</summary>
    public bool TryAdd(in StoreRequest request)
    {
        lock (_gate)
        {
            if (_isClosed || IsFullFor(request.Kind))
            {
                return false;
            }

            if (request.Kind is RequestKind.Append or RequestKind.Call)
            {
                _urgent++;
            }
            else if (_filling.Count == 0)
            {
                _patientSince = Environment.TickCount64;
            }

            _filling.Add(request);
            _bytes += request.Bytes;
            if (_isLaneWaiting && (_urgent > 0 || _filling.Count == 1 || _filling.Count == _patientMax))
            {
                Wake(); // the first patient one only starts its patience
            }

            return true;
        }
    }

    /// <summary>Refuses further requests; the lane still gets what is there.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Wake();
        }
    }

    /// <summary>Adds the next batch to <paramref name="batch"/>; waits for the first request and for no other. False when the queue is closed and drained.</summary>
    public async ValueTask<bool> TakeAsync(List<StoreRequest> batch)
    {
        if (_next == _taken.Count)
        {
            await ExchangeAsync().ConfigureAwait(false);
        }

        long bytes = 0;
        while (_next < _taken.Count && batch.Count < options.BatchRequestsMax && bytes < options.BatchBytesMax)
        {
            bytes += _taken[_next].Bytes;
            batch.Add(_taken[_next++]);
        }

        return batch.Count > 0;
    }

    /// <summary>Moves everything that waits to <paramref name="all"/>, at once.</summary>
    public void TakeAll(List<StoreRequest> all)
    {
        all.AddRange(_taken.Skip(_next));
        _taken.Clear();
        _next = 0;
        lock (_gate)
        {
            all.AddRange(_filling);
            _filling.Clear();
            _bytes = 0;
            _urgent = 0;
        }
    }

    public void Dispose() => _wake.Dispose();

    // A dropped acknowledgement costs a redelivery, a refused append only its publisher's retry: so appends are refused first.
    // Calls are few, and their callers wait.
    private bool IsFullFor(RequestKind kind) => kind switch
    {
        RequestKind.Append => _filling.Count >= options.LaneRequestsMax || _bytes >= options.LaneBytesMax,
        RequestKind.Call => false,
        _ => _filling.Count >= 2L * options.LaneRequestsMax,
    };

    private void Wake()
    {
        if (_isLaneWaiting)
        {
            _isLaneWaiting = false;
            _wake.Release();
        }
    }

    // 0 = there is work now.
    private int PauseMs()
    {
        if (_isClosed || _urgent > 0 || _filling.Count >= _patientMax)
        {
            return 0;
        }

        return _filling.Count == 0 ? Timeout.Infinite : (int)Math.Max(0, _patientSince + options.AckPatienceMs - Environment.TickCount64);
    }

    private async ValueTask ExchangeAsync()
    {
        _taken.Clear();
        _next = 0;
        while (true)
        {
            int pause;
            lock (_gate)
            {
                pause = PauseMs();
                _isLaneWaiting = pause != 0;
                if (pause == 0)
                {
                    (_filling, _taken) = (_taken, _filling);
                    _bytes = 0;
                    _urgent = 0;
                    return;
                }
            }

            // A release that comes as the pause ends is found at the next wait, which then looks once too often.
            await _wake.WaitAsync(pause).ConfigureAwait(false);
        }
    }
}
