using System.Runtime.InteropServices;

namespace Pusher.Router.Stores.Sqlite;

/// <summary>
/// What waits for the writer, in order. Two lists change places: callers fill one under a short lock while the writer works
/// through the other without any, so the lock is taken once per request and once per batch.
/// <para>
/// Appends and calls have somebody waiting and wake the writer at once. Acknowledgements, results and attempts have nobody: they ride
/// along with the next append, or go after <paramref name="patienceMs"/> by themselves, so that a quiet node does not pay two flushes for
/// each message.
/// </para>
/// </summary>
/// <remarks>Threading: <see cref="TryAdd"/> and <see cref="Close"/> from any thread, <see cref="Take"/> from the writer.</remarks>
internal sealed class WriteQueue(int requestsMax, long bytesMax, int patienceMs)
{
    /// <summary>So many patient requests are a batch worth a flush.</summary>
    private const int PatientMax = 1024;

    private readonly object _gate = new();
    private List<WriteRequest> _filling = [];
    private List<WriteRequest> _taken = [];
    private int _next;
    private long _bytes;
    private bool _isWriterWaiting;
    private int _urgent;
    private long _patientSince;
    private bool _isClosed;

    /// <summary>Requests that no batch has taken yet, about.</summary>
    public int Count => _filling.Count + _taken.Count - _next;

    /// <summary>False when the queue is closed, or full and the request may be refused.</summary>
    public bool TryAdd(in WriteRequest request)
    {
        lock (_gate)
        {
            if (_isClosed || IsFullFor(request.Kind))
            {
                return false;
            }

            if (request.Kind is WriteKind.Append or WriteKind.Call)
            {
                _urgent++;
            }
            else if (_filling.Count == 0)
            {
                _patientSince = Environment.TickCount64;
            }

            _filling.Add(request);
            _bytes += request.Bytes;
            if (_isWriterWaiting && (_urgent > 0 || _filling.Count is 1 or PatientMax))
            {
                _isWriterWaiting = false; // the first patient one only starts its patience
                Monitor.Pulse(_gate);
            }

            return true;
        }
    }

    /// <summary>Refuses further requests; the writer still gets what is there.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>
    /// The next batch: waits for the first request and for no other. Empty when the queue is closed and drained. Valid until the next call.
    /// </summary>
    public ReadOnlySpan<WriteRequest> Take(int batchMax, int batchBytesMax)
    {
        if (_next == _taken.Count)
        {
            Exchange();
        }

        var all = CollectionsMarshal.AsSpan(_taken);
        var first = _next;
        long bytes = 0;
        while (_next < all.Length && _next - first < batchMax && bytes < batchBytesMax)
        {
            bytes += all[_next++].Bytes;
        }

        return all[first.._next];
    }

    // A dropped acknowledgement costs a redelivery, a refused append only its publisher's retry: so appends are refused first.
    // Calls are few, and their callers wait.
    private bool IsFullFor(WriteKind kind) => kind switch
    {
        WriteKind.Append => _filling.Count >= requestsMax || _bytes >= bytesMax,
        WriteKind.Call => false,
        _ => _filling.Count >= 2L * requestsMax,
    };

    // 0 = there is work now.
    private int PauseMs()
    {
        if (_urgent > 0 || _filling.Count >= PatientMax)
        {
            return 0;
        }

        return _filling.Count == 0 ? Timeout.Infinite : (int)Math.Max(0, _patientSince + patienceMs - Environment.TickCount64);
    }

    private void Exchange()
    {
        _taken.Clear();
        _next = 0;
        lock (_gate)
        {
            while (!_isClosed && PauseMs() is var pause && pause != 0)
            {
                _isWriterWaiting = true;
                Monitor.Wait(_gate, pause);
            }

            _isWriterWaiting = false;
            (_filling, _taken) = (_taken, _filling);
            _bytes = 0;
            _urgent = 0;
        }
    }
}
