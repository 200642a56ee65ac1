using System.Diagnostics;
using System.Globalization;
using HdrHistogram;
using Pusher.Core.Identity;
using Pusher.Router.Stores;

namespace Pusher.Bench.Store;

/// <summary>Drives a store: appends round robin over the devices, acknowledges and reports what was stored, times every answer.</summary>
/// <remarks>Threading: answers come on threads of the store, one of them at a time records; the paced run appends on its own thread.</remarks>
internal sealed class StoreLoad(IMessageStore store, DeviceKey[] devices)
{
    private readonly MessageIdGenerator _ids = new(TimeProvider.System, 0, store.HighestMessageId);
    private readonly LongHistogram _latency = new(TimeSpan.TicksPerMinute, 3);
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private long _appended;
    private long _answered;
    private long _failed;
    private volatile bool _isRunning;
    private TaskCompletionSource _drained = new();

    public IMessageStore Store => store;

    /// <summary>Messages answered since the start.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>A percentile of the last run, from append to answer.</summary>
    public double LatencyMs(double percentile) => _latency.GetValueAtPercentile(percentile) / (double)TimeSpan.TicksPerMillisecond;

    public async Task WarmUpAsync(int outstanding, int messages)
    {
        while (_answered < messages)
        {
            await RunOutstandingAsync(outstanding, TimeSpan.FromMilliseconds(500)).ConfigureAwait(false);
        }
    }

    /// <summary>Keeps <paramref name="outstanding"/> appends in the store; returns how many were stored.</summary>
    public async Task<long> RunOutstandingAsync(int outstanding, TimeSpan duration)
    {
        var before = Start();
        for (var i = 0; i < outstanding; i++)
        {
            Send(new LoadAppend(this, repeats: true));
        }

        await Task.Delay(duration).ConfigureAwait(false);
        return await FinishAsync(before).ConfigureAwait(false);
    }

    /// <summary>Appends at a fixed rate, whatever the answers do; an answer's time counts from when it was due.</summary>
    public async Task<long> RunPacedAsync(int perSecond, TimeSpan duration)
    {
        var before = Start();
        var start = Stopwatch.GetTimestamp();
        var total = (long)(perSecond * duration.TotalSeconds);
        for (long sent = 0; sent < total;)
        {
            var due = (long)(Stopwatch.GetElapsedTime(start).TotalSeconds * perSecond);
            for (; sent < Math.Min(due, total); sent++)
            {
                var dueAt = start + (sent * Stopwatch.Frequency / perSecond);
                Send(new LoadAppend(this, repeats: false), dueAt);
            }

            Thread.Sleep(1);
        }

        return await FinishAsync(before).ConfigureAwait(false);
    }

    /// <summary>Called by the store for each answer.</summary>
    public void OnAnswered(LoadAppend append)
    {
        lock (_latency)
        {
            _latency.RecordValue(Math.Max(1, Stopwatch.GetElapsedTime(append.SentAt).Ticks));
        }

        if (append.Status == AppendStatus.Stored)
        {
            store.Acknowledge(append.Device, append.Stream, append.Seq);
            store.RecordDone(append.Device, append.MessageId, Core.Protocol.DeliveryResult.Printed, null);
        }
        else
        {
            Interlocked.Increment(ref _failed);
        }

        var answered = Interlocked.Increment(ref _answered);
        if (append.Repeats && _isRunning)
        {
            Send(append);
        }
        else if (!_isRunning && answered == Interlocked.Read(ref _appended))
        {
            _drained.TrySetResult();
        }
    }

    private long Start()
    {
        _latency.Reset();
        _drained = new TaskCompletionSource();
        _isRunning = true;
        return _answered;
    }

    private async Task<long> FinishAsync(long before)
    {
        _isRunning = false;
        await store.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        while (Interlocked.Read(ref _answered) != Interlocked.Read(ref _appended))
        {
            await Task.WhenAny(_drained.Task, Task.Delay(10)).ConfigureAwait(false);
        }

        await store.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        return _failed == 0 ? _answered - before : throw new InvalidOperationException($"{_failed} appends were not stored; the figures would be wrong.");
    }

    private void Send(LoadAppend append, long dueAt = 0)
    {
        var number = Interlocked.Increment(ref _appended);
        append.Device = devices[number % devices.Length];
        append.MessageId = _ids.Next();
        append.PublisherId = string.Create(CultureInfo.InvariantCulture, $"{_run}-{number}");
        append.AcceptedAtUnixMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        append.SentAt = dueAt == 0 ? Stopwatch.GetTimestamp() : dueAt;
        store.Append(append);
    }
}
