using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Router.Stores;

namespace Pusher.Tests.Support;

/// <summary>What is on the "disk" of the <see cref="ModelMessageStore"/>, and what each request does to it.</summary>
/// <remarks>Threading: none; the store calls it inside its lock.</remarks>
internal sealed class ModelContents
{
    private readonly TimeProvider _time;
    private readonly ModelStoreOptions _options;
    private readonly SortedDictionary<string, ModelDevice> _devices = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, ModelMessage> _byId = [];
    private readonly Dictionary<(DeviceKey Device, string PublisherId), ModelMessage> _byPublisherId = [];
    private readonly List<ModelMessage> _expiredUntold = [];
    private ulong _random;

    public ModelContents(TimeProvider time, ModelStoreOptions options)
    {
        _time = time;
        _options = options;
        _random = options.Seed;
        Incarnation = NextRandom();
    }

    public ulong Incarnation { get; private set; }

    public ulong HighestMessageId { get; private set; }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Stores the message unless it is a duplicate or one too many, and puts the answer into <paramref name="operation"/>.</summary>
    public void Store(AppendOperation operation)
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

    /// <summary>
    /// A position beyond the store, or in a stream it does not know, proves that data was lost. What the device has seen is then no
    /// acknowledgement: since the loss the same seqs may have been given to other messages. The device knows them apart by message id.
    /// </summary>
    public DeviceOpened Open(DeviceKey key, ReadOnlySpan<StreamPosition> seen)
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

    public MessagePage Read(DeviceKey device, uint stream, ulong afterSeq, int messagesMax, int bytesMax)
    {
        ExpireOverdue(device);
        return Find(device) is { } row && row.Stream == stream
            ? row.Read(afterSeq, messagesMax, bytesMax)
            : new MessagePage(stream, afterSeq, afterSeq, 0, [], []);
    }

    public void Acknowledge(DeviceKey device, uint stream, ulong seq) => Find(device)?.Acknowledge(stream, seq, Now);

    public void RecordDone(DeviceKey device, ulong messageId, DeliveryResult result, string? text)
    {
        if (_byId.TryGetValue(messageId, out var message) && message.Device == device)
        {
            message.Report(result, text, Now);
        }
    }

    public void RecordAttempts(DeviceKey device, uint stream, ulong seq, int attempts)
    {
        if (Find(device)?.Find(stream, seq) is { State: MessageState.Pending } message)
        {
            message.Attempts = Math.Max(message.Attempts, attempts);
        }
    }

    public ulong? GiveUp(DeviceKey device, uint stream, ulong seq)
        => Find(device)?.Find(stream, seq) is { } message && message.End(MessageState.Dead, Now) ? message.MessageId : null;

    public MessageStatus? Find(string tenant, ulong messageId)
        => _byId.TryGetValue(messageId, out var message) && message.Device.Tenant == tenant ? message.ToStatus() : null;

    public MessageStatus? Find(DeviceKey device, string publisherId)
        => _byPublisherId.TryGetValue((device, publisherId), out var message) ? message.ToStatus() : null;

    /// <summary>Ends what is over its time and forgets what ended long ago; returns what has expired since the last sweep.</summary>
    public IReadOnlyList<MessageStatus> Sweep()
    {
        foreach (var device in _devices.Values)
        {
            ExpireOverdue(device.Key);
        }

        var expired = _expiredUntold.ConvertAll(m => m.ToStatus());
        _expiredUntold.Clear();
        ForgetOld();
        return expired;
    }

    public IReadOnlyList<WaitingStream> ListWaiting(TimeSpan olderThan, WaitingStream? after, int devicesMax)
    {
        var acceptedUntil = Now - (long)olderThan.TotalMilliseconds;
        return [.. _devices
            .Where(d => after is null || string.CompareOrdinal(d.Key, after.Device.ToString()) > 0)
            .Select(d => d.Value)
            .Where(d => d.Pending.Any(m => m.AcceptedAtUnixMs <= acceptedUntil))
            .Take(devicesMax)
            .Select(d => new WaitingStream(d.Key, d.Stream, d.LastSeq))];
    }

    /// <summary>All of it is gone; a new incarnation begins.</summary>
    public void Lose()
    {
        _devices.Clear();
        _byId.Clear();
        _byPublisherId.Clear();
        _expiredUntold.Clear();
        Incarnation = NextRandom();
    }

    /// <summary>The state of every message; ordered by message id.</summary>
    public IReadOnlyList<MessageStatus> Dump() => [.. _byId.Values.OrderBy(m => m.MessageId).Select(m => m.ToStatus())];

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
}
