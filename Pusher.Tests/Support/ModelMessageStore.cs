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
public sealed class ModelMessageStore : IMessageStore
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ModelStoreOptions _options;
    private readonly Queue<ModelWrite> _unflushed = new();
    private readonly SortedDictionary<string, ModelDevice> _devices = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, ModelMessage> _byId = [];
    private readonly Dictionary<(DeviceKey Device, string PublisherId), ModelMessage> _byPublisherId = [];
    private readonly List<ModelMessage> _expiredUntold = [];
    private ulong _random;

    public ModelMessageStore(TimeProvider time, ModelStoreOptions? options = null)
    {
        _time = time;
        _options = options ?? new ModelStoreOptions();
        _random = _options.Seed;
        Incarnation = NextRandom();
    }

    /// <summary>Writes wait for <see cref="Flush"/>.</summary>
    public bool IsManual { get; set; }

    /// <summary>Appends are refused and reads throw.</summary>
    public bool IsUnavailable { get; set; }

    /// <summary>Writes that wait for <see cref="Flush"/>.</summary>
    public int Unflushed => _unflushed.Count;

    public ulong Incarnation { get; private set; }

    public ulong HighestMessageId { get; private set; }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public void Append(AppendOperation operation)
    {
        var handOver = operation.HandOver();
        if (IsUnavailable)
        {
            operation.Complete(handOver, AppendStatus.Unavailable);
            return;
        }

        Write(new ModelWrite(
            () => Store(operation),
            () => operation.Complete(handOver, operation.Status),
            () => operation.Complete(handOver, AppendStatus.Unknown)));
    }

    public ValueTask<DeviceOpened> OpenAsync(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, CancellationToken cancellationToken)
        => WriteAsync(() => Open(device, seen.Span));

    public ValueTask<MessagePage> ReadAsync(DeviceKey device, uint stream, ulong afterSeq, int messagesMax, int bytesMax, CancellationToken cancellationToken)
        => Read(() =>
        {
            ExpireOverdue(device);
            return Find(device) is { } row && row.Stream == stream
                ? row.Read(afterSeq, messagesMax, bytesMax)
                : new MessagePage(stream, afterSeq, afterSeq, 0, [], []);
        });

    public void Acknowledge(DeviceKey device, uint stream, ulong seq)
        => Write(new ModelWrite(() => Find(device)?.Acknowledge(stream, seq, Now)));

    public void RecordDone(DeviceKey device, ulong messageId, DeliveryResult result, string? text)
        => Write(new ModelWrite(() =>
        {
            if (_byId.TryGetValue(messageId, out var message) && message.Device == device)
            {
                message.Report(result, text, Now);
            }
        }));

    public void RecordAttempts(DeviceKey device, uint stream, ulong seq, int attempts)
        => Write(new ModelWrite(() =>
        {
            if (Find(device)?.Find(stream, seq) is { State: MessageState.Pending } message)
            {
                message.Attempts = Math.Max(message.Attempts, attempts);
            }
        }));

    public ValueTask<ulong?> GiveUpAsync(DeviceKey device, uint stream, ulong seq, CancellationToken cancellationToken)
        => WriteAsync<ulong?>(() => Find(device)?.Find(stream, seq) is { } message && message.End(MessageState.Dead, Now) ? message.MessageId : null);

    public ValueTask<MessageStatus?> FindAsync(string tenant, ulong messageId, CancellationToken cancellationToken)
        => Read(() => _byId.TryGetValue(messageId, out var message) && message.Device.Tenant == tenant ? message.ToStatus() : null);

    public ValueTask<MessageStatus?> FindAsync(DeviceKey device, string publisherId, CancellationToken cancellationToken)
        => Read(() => _byPublisherId.TryGetValue((device, publisherId), out var message) ? message.ToStatus() : null);

    public ValueTask<IReadOnlyList<MessageStatus>> SweepAsync(CancellationToken cancellationToken)
        => WriteAsync<IReadOnlyList<MessageStatus>>(() =>
        {
            foreach (var device in _devices.Values)
            {
                ExpireOverdue(device.Key);
            }

            var expired = _expiredUntold.ConvertAll(m => m.ToStatus());
            _expiredUntold.Clear();
            ForgetOld();
            return expired;
        });

    public ValueTask<IReadOnlyList<WaitingStream>> ListWaitingAsync(TimeSpan olderThan, WaitingStream? after, int devicesMax, CancellationToken cancellationToken)
        => Read<IReadOnlyList<WaitingStream>>(() =>
        {
            var acceptedUntil = Now - (long)olderThan.TotalMilliseconds;
            return [.. _devices
                .Where(d => after is null || string.CompareOrdinal(d.Key, after.Device.ToString()) > 0)
                .Select(d => d.Value)
                .Where(d => d.Pending.Any(m => m.AcceptedAtUnixMs <= acceptedUntil))
                .Take(devicesMax)
                .Select(d => new WaitingStream(d.Key, d.Stream, d.LastSeq))];
        });

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
            _devices.Clear();
            _byId.Clear();
            _byPublisherId.Clear();
            _expiredUntold.Clear();
            Incarnation = NextRandom();
        }
    }

    /// <summary>The state of every message that is stored, for a checker; ordered by message id.</summary>
    public IReadOnlyList<MessageStatus> Dump()
    {
        lock (_gate)
        {
            return [.. _byId.Values.OrderBy(m => m.MessageId).Select(m => m.ToStatus())];
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

    private void Store(AppendOperation operation)
    {
        if (!_options.SkipDedupe && operation.PublisherId is { } id && _byPublisherId.TryGetValue((operation.Device, id), out var first)
            && Now - first.AcceptedAtUnixMs < _options.DedupeTime.TotalMilliseconds)
        {
            operation.MessageId = first.MessageId;
            Answer(operation, AppendStatus.Duplicate, first.Stream, first.Seq, Find(operation.Device)!);
            return;
        }

        var device = FindOrCreate(operation.Device);
        var pendingBytes = device.Pending.Sum(m => (long)m.Payload.Length);
        if (device.Pending.Count() >= _options.QueueMessagesMax || pendingBytes + operation.Payload.Length > _options.QueueBytesMax)
        {
            Answer(operation, AppendStatus.QueueFull, 0, 0, device);
            return;
        }

        if (_options.SkipWrite)
        {
            Answer(operation, AppendStatus.Stored, device.Stream, device.LastSeq + 1, device);
            return;
        }

        var message = Insert(device, operation);
        Answer(operation, AppendStatus.Stored, message.Stream, message.Seq, device);
    }

    private static void Answer(AppendOperation operation, AppendStatus status, uint stream, ulong seq, ModelDevice device)
        => (operation.Status, operation.Stream, operation.Seq, operation.QueueDepth) = (status, stream, seq, device.Pending.Count());

    private ModelMessage Insert(ModelDevice device, AppendOperation operation)
    {
        var message = new ModelMessage
        {
            MessageId = operation.MessageId,
            Device = operation.Device,
            PublisherId = operation.PublisherId,
            Payload = operation.Payload.ToArray(),
            Priority = operation.Priority,
            AcceptedAtUnixMs = operation.AcceptedAtUnixMs,
            ExpiresAtUnixMs = operation.ExpiresAtUnixMs,
        };
        device.Add(message);
        _byId.Add(message.MessageId, message);
        HighestMessageId = Math.Max(HighestMessageId, message.MessageId);
        if (message.PublisherId is { } id)
        {
            _byPublisherId[(message.Device, id)] = message;
        }

        return message;
    }

    // A position beyond the store, or in a stream it does not know, proves that data was lost. What the device has seen is then no
    // acknowledgement: since the loss the same seqs may have been given to other messages. The device knows them apart by message id.
    private DeviceOpened Open(DeviceKey key, ReadOnlySpan<StreamPosition> seen)
    {
        var resets = new List<StreamReset>();
        foreach (var position in seen)
        {
            var device = FindOrCreate(key);
            if (position.Stream != device.Stream)
            {
                resets.Add(new StreamReset(position.Stream, device.Stream, uint.MaxValue));
            }
            else if (position.Seq > device.LastSeq)
            {
                var lost = (uint)Math.Min(position.Seq - device.LastSeq, uint.MaxValue);
                device.Renumber(NextStream());
                resets.Add(new StreamReset(position.Stream, device.Stream, lost));
            }
            else
            {
                device.Acknowledge(position.Stream, position.Seq, Now);
            }
        }

        return new DeviceOpened(Find(key) is { } row ? [row.State] : [], resets);
    }

    private void ExpireOverdue(DeviceKey key)
    {
        foreach (var message in Find(key)?.Messages.Where(m => m.IsOverdue(Now)) ?? [])
        {
            message.End(MessageState.Expired, Now);
            _expiredUntold.Add(message);
        }
    }

    private void ForgetOld()
    {
        var endedBefore = Now - (long)_options.Retention.TotalMilliseconds;
        var acceptedBefore = Now - (long)_options.DedupeTime.TotalMilliseconds;
        foreach (var device in _devices.Values)
        {
            device.Forget(endedBefore);
        }

        foreach (var (key, message) in _byPublisherId.Where(e => e.Value.AcceptedAtUnixMs < acceptedBefore && IsOld(e.Value)).ToList())
        {
            _byPublisherId.Remove(key);
        }

        foreach (var (id, message) in _byId.Where(e => IsOld(e.Value)).ToList())
        {
            _byId.Remove(id);
        }

        bool IsOld(ModelMessage message) => message.State != MessageState.Pending && message.EndedAtUnixMs < endedBefore;
    }

    private ModelDevice? Find(DeviceKey key) => _devices.GetValueOrDefault(key.ToString());

    private ModelDevice FindOrCreate(DeviceKey key)
    {
        if (Find(key) is { } device)
        {
            return device;
        }

        return _devices[key.ToString()] = new ModelDevice(key, NextStream());
    }

    private uint NextStream() => (uint)(NextRandom() >> 33) | 1;

    // splitmix64
    private ulong NextRandom()
    {
        var z = _random += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
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
