using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Router.Stores;

namespace Pusher.Tests.Support;

/// <summary>
/// The contract of <see cref="IMessageStore"/> in memory, for tests and for the deterministic simulator: no thread, no clock of its own, nothing
/// random but from its seed. It flushes at once, or, when <see cref="IsManual"/>, at <see cref="Flush"/>; until then a write is not there for
/// readers, its caller has no answer, and a <see cref="Crash"/> drops it.
/// </summary>
/// <remarks>Threading: guarded by one lock, taken by every member; completions run inside it, on the caller's thread, in the order of the writes.</remarks>
public sealed class ModelMessageStore(TimeProvider time, ModelStoreOptions? options = null) : IMessageStore
{
    private readonly Lock _gate = new();
    private readonly Queue<ModelWrite> _unflushed = new();
    private readonly ModelContents _contents = new(time, options ?? new ModelStoreOptions());

    /// <summary>Writes wait for <see cref="Flush"/>.</summary>
    public bool IsManual { get; set; }

    /// <summary>Appends are refused and reads throw.</summary>
    public bool IsUnavailable { get; set; }

    /// <summary>Writes that wait for <see cref="Flush"/>.</summary>
    public int Unflushed => _unflushed.Count;

    public ulong Incarnation => _contents.Incarnation;

    public ulong HighestMessageId => _contents.HighestMessageId;

    public void Append(AppendOperation operation)
    {
        var handOver = operation.HandOver();
        if (IsUnavailable)
        {
            operation.Complete(handOver, AppendStatus.Unavailable);
            return;
        }

        Write(new ModelWrite(
            () => _contents.Store(operation),
            () => operation.Complete(handOver, operation.Status),
            () => operation.Complete(handOver, AppendStatus.Unknown)));
    }

    public ValueTask<DeviceOpened> OpenAsync(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, CancellationToken cancellationToken)
        => WriteAsync(() => _contents.Open(device, seen.Span));

    public ValueTask<MessagePage> ReadAsync(DeviceKey device, uint stream, ulong afterSeq, int messagesMax, int bytesMax, CancellationToken cancellationToken)
        => Read(() => _contents.Read(device, stream, afterSeq, messagesMax, bytesMax));

    public void Acknowledge(DeviceKey device, uint stream, ulong seq)
        => Write(new ModelWrite(() => _contents.Acknowledge(device, stream, seq)));

    public void RecordDone(DeviceKey device, ulong messageId, DeliveryResult result, string? text)
        => Write(new ModelWrite(() => _contents.RecordDone(device, messageId, result, text)));

    public void RecordAttempts(DeviceKey device, uint stream, ulong seq, int attempts)
        => Write(new ModelWrite(() => _contents.RecordAttempts(device, stream, seq, attempts)));

    public ValueTask<ulong?> GiveUpAsync(DeviceKey device, uint stream, ulong seq, CancellationToken cancellationToken)
        => WriteAsync(() => _contents.GiveUp(device, stream, seq));

    public ValueTask<MessageStatus?> FindAsync(string tenant, ulong messageId, CancellationToken cancellationToken)
        => Read(() => _contents.Find(tenant, messageId));

    public ValueTask<MessageStatus?> FindAsync(DeviceKey device, string publisherId, CancellationToken cancellationToken)
        => Read(() => _contents.Find(device, publisherId));

    public ValueTask<IReadOnlyList<MessageStatus>> SweepAsync(CancellationToken cancellationToken) => WriteAsync(_contents.Sweep);

    public ValueTask<IReadOnlyList<WaitingStream>> ListWaitingAsync(TimeSpan olderThan, WaitingStream? after, int devicesMax, CancellationToken cancellationToken)
        => Read(() => _contents.ListWaiting(olderThan, after, devicesMax));

    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var flushed = WriteAsync(() => true);
        return flushed.IsCompletedSuccessfully ? ValueTask.CompletedTask : new ValueTask(flushed.AsTask());
    }

    public ValueTask DisposeAsync()
    {
        Flush();
        return ValueTask.CompletedTask;
    }

    /// <summary>Puts what waits on "disk" and answers it, in order; at most <paramref name="writesMax"/>. Answers may write again: that waits for the next flush.</summary>
    public void Flush(int writesMax = int.MaxValue)
    {
        lock (_gate)
        {
            var batch = Take(writesMax);
            batch.ForEach(w => w.Apply());
            batch.ForEach(w => w.Complete?.Invoke());
        }
    }

    /// <summary>The process dies: what was not flushed is gone, and nobody is answered any more.</summary>
    public void Crash()
    {
        lock (_gate)
        {
            _unflushed.Clear();
        }
    }

    /// <summary>The way to the store breaks: the first <paramref name="applied"/> writes got through, the others did not, and no caller can tell which.</summary>
    public void BreakConnection(int applied)
    {
        lock (_gate)
        {
            var batch = Take(int.MaxValue);
            batch.Take(applied).ToList().ForEach(w => w.Apply());
            batch.ForEach(w => w.Break?.Invoke());
        }
    }

    /// <summary>All data is lost; a new incarnation begins.</summary>
    public void LoseEverything()
    {
        lock (_gate)
        {
            _unflushed.Clear();
            _contents.Lose();
        }
    }

    /// <summary>The state of every message that is stored, for a checker; ordered by message id.</summary>
    public IReadOnlyList<MessageStatus> Dump()
    {
        lock (_gate)
        {
            return _contents.Dump();
        }
    }

    private List<ModelWrite> Take(int writesMax)
    {
        var batch = new List<ModelWrite>();
        while (batch.Count < writesMax && _unflushed.TryDequeue(out var write))
        {
            batch.Add(write);
        }

        return batch;
    }

    private void Write(ModelWrite write)
    {
        lock (_gate)
        {
            if (IsManual)
            {
                _unflushed.Enqueue(write);
                return;
            }

            write.Apply();
            write.Complete?.Invoke();
        }
    }

    private ValueTask<T> WriteAsync<T>(Func<T> apply)
    {
        ThrowIfUnavailable();
        var done = new TaskCompletionSource<T>(); // continuations run inline: the simulator decides when
        T result = default!;
        Write(new ModelWrite(() => result = apply(), () => done.SetResult(result), () => done.SetException(Unavailable())));
        return new ValueTask<T>(done.Task);
    }

    private ValueTask<T> Read<T>(Func<T> read)
    {
        ThrowIfUnavailable();
        lock (_gate)
        {
            return ValueTask.FromResult(read());
        }
    }

    private void ThrowIfUnavailable()
    {
        if (IsUnavailable)
        {
            throw Unavailable();
        }
    }

    private static StoreUnavailableException Unavailable() => new("The model store is switched off.");
}
