using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Router.Faults;
using Pusher.Router.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>
/// The message store that nodes share: Redis, single, behind Sentinel or Cluster. Writes go by lanes in batches, one script each; reads are
/// commands of their own. <c>Redis/Scripts/common.lua</c> has the keys.
/// </summary>
/// <remarks>Threading: any thread. The requests of one device are carried out in the order of the calls.</remarks>
public sealed class RedisMessageStore : IMessageStore
{
    /// <summary>After a loss every device has its streams reset: the meter counts them all, the log names some.</summary>
    private const int ResetsToldMax = 100;

    private readonly RedisStoreOptions _options;
    private readonly RedisLink _link;
    private readonly ILogger _logger;
    private readonly RedisLane[] _lanes;
    private readonly RedisReader _reader;
    private readonly StoreWatch _watch;
    private readonly Lazy<Task> _closing;
    private volatile bool _isClosed;
    private int _resetsTold;

    private RedisMessageStore(RedisStoreOptions options, RedisLink link, Breakage breakage, ILogger logger, StoreIdentity identity)
    {
        _options = options;
        _link = link;
        _logger = logger;
        var view = new StoreView(identity.Incarnation, link.IsCluster);
        _lanes = [.. Enumerable.Range(0, options.Lanes).Select(_ => new RedisLane(options, link, breakage, view, logger))];
        _reader = new RedisReader(options, link);
        HighestMessageId = identity.HighestMessageId;
        _watch = new StoreWatch(options, link, view, logger);
        _closing = new Lazy<Task>(CloseAsync);
    }

    /// <summary>Raised when data was lost, with the new incarnation. On a thread of the pool; quick.</summary>
    public event Action<ulong>? DataLost
    {
        add => _watch.DataLost += value;
        remove => _watch.DataLost -= value;
    }

    /// <summary>Drawn when the store was created and when it has lost data. It changes while the node runs.</summary>
    public ulong Incarnation => _watch.Incarnation;

    /// <summary>The highest message id that was stored when the store was opened; 0 when there was none.</summary>
    public ulong HighestMessageId { get; }

    /// <summary>Opens the store, and makes it when Redis is empty. The link stays the caller's.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="StoreUnavailableException">Redis does not answer, or a newer program wrote it; the message says which.</exception>
    public static Task<RedisMessageStore> OpenAsync(RedisLink link, RedisStoreOptions options, ILogger<RedisMessageStore>? logger = null)
        => OpenAsync(link, options, BreakageSwitch.Active, logger);

    internal static async Task<RedisMessageStore> OpenAsync(RedisLink link, RedisStoreOptions options, Breakage breakage, ILogger<RedisMessageStore>? logger = null)
    {
        options.Validate();
        var log = (ILogger?)logger ?? NullLogger.Instance;
        try
        {
            var identity = await StoreIdentity.ReadAsync(link, options.NodeNumber).ConfigureAwait(false);
            RedisLog.StoreOpened(log, link.Name, identity.Incarnation, StoreIdentity.SchemaVersion, link.IsCluster);
            return new RedisMessageStore(options, link, breakage, log, identity);
        }
        catch (Exception e) when (RedisFault.IsFault(e))
        {
            throw link.Unavailable(e);
        }
    }

    /// <inheritdoc/>
    public void Append(AppendOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        var handOver = operation.HandOver();
        operation.QueueDepth = -1;
        var partition = Partition.Of(operation.Device);
        var request = new StoreRequest(RequestKind.Append, operation, operation.Device, partition, 0, (ulong)handOver, 0);
        if (_watch.IsInDoubt || !Lane(partition).TryAdd(request))
        {
            // Not on the caller's thread: OnCompleted may take a lock that the caller holds.
            ThreadPool.UnsafeQueueUserWorkItem(static refused => refused.EndAppend(AppendStatus.Unavailable), request, preferLocal: false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<DeviceOpened> OpenAsync(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(new OpenCall(seen), device, 0, 0, cancellationToken).ConfigureAwait(false);
        foreach (var reset in answer.NewLosses > 0 ? answer.Opened.Resets : [])
        {
            StoreMeters.StreamResets.Add(1);
            if (Interlocked.Increment(ref _resetsTold) <= ResetsToldMax)
            {
                StoreLog.StreamReset(_logger, device, reset.OldStream, reset.NewStream, reset.Lost);
            }
        }

        return answer.Opened;
    }

    /// <inheritdoc/>
    public ValueTask<MessagePage> ReadAsync(DeviceKey device, uint stream, ulong afterSeq, int messagesMax, int bytesMax, CancellationToken cancellationToken)
        => _reader.ReadPageAsync(device, stream, afterSeq, messagesMax, bytesMax, cancellationToken);

    /// <inheritdoc/>
    public void Acknowledge(DeviceKey device, uint stream, ulong seq) => PostOrDrop(RequestKind.Acknowledge, null, device, stream, seq, 0);

    /// <inheritdoc/>
    public void RecordDone(DeviceKey device, ulong messageId, DeliveryResult result, string? text)
        => PostOrDrop(RequestKind.Done, text, device, 0, messageId, (int)result);

    /// <inheritdoc/>
    public void RecordAttempts(DeviceKey device, uint stream, ulong seq, int attempts)
        => PostOrDrop(RequestKind.Attempts, null, device, stream, seq, attempts);

    /// <inheritdoc/>
    public async ValueTask<ulong?> GiveUpAsync(DeviceKey device, uint stream, ulong seq, CancellationToken cancellationToken)
        => await CallAsync(new GiveUpCall(), device, stream, seq, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<MessageStatus?> FindAsync(string tenant, ulong messageId, CancellationToken cancellationToken)
        => _reader.FindAsync(tenant, messageId, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<MessageStatus?> FindAsync(DeviceKey device, string publisherId, CancellationToken cancellationToken)
        => _reader.FindAsync(device, publisherId, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<MessageStatus>> SweepAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false); // what is acknowledged does not expire
        var expired = await _reader.SweepAsync(cancellationToken).ConfigureAwait(false);
        StoreMeters.Expired.Add(expired.Count);
        return expired;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<WaitingStream>> ListWaitingAsync(TimeSpan olderThan, WaitingStream? after, int devicesMax, CancellationToken cancellationToken)
        => _reader.ListWaitingAsync(olderThan, after, devicesMax, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        var flushes = _lanes.Select(lane => CallAsync(lane, new StoreRequest(RequestKind.Call, new FlushCall(), default, 0, 0, 0, 0), cancellationToken)).ToArray();
        await Task.WhenAll(flushes).ConfigureAwait(false);
    }

    /// <summary>Refuses further requests, sends and answers what was handed in before.</summary>
    public async ValueTask DisposeAsync() => await _closing.Value.ConfigureAwait(false);

    private Task<T> CallAsync<T>(StoreCall<T> call, DeviceKey device, uint stream, ulong number, CancellationToken cancellationToken)
    {
        var partition = Partition.Of(device);
        var request = new StoreRequest(RequestKind.Call, call, device, partition, stream, number, 0);
        return Send(Lane(partition), call, request, cancellationToken);
    }

    private Task<bool> CallAsync(RedisLane lane, in StoreRequest request, CancellationToken cancellationToken)
        => Send(lane, (StoreCall<bool>)request.Target!, request, cancellationToken);

    private Task<T> Send<T>(RedisLane lane, StoreCall<T> call, in StoreRequest request, CancellationToken cancellationToken)
    {
        if (_isClosed || !lane.TryAdd(request))
        {
            call.Fail(new StoreUnavailableException($"The message store in Redis {_link.Name} is closed."));
        }

        return call.Result.WaitAsync(cancellationToken);
    }

    private RedisLane Lane(int partition) => _lanes[partition % _lanes.Length];

    private void PostOrDrop(RequestKind kind, object? target, in DeviceKey device, uint stream, ulong number, int value)
    {
        var partition = Partition.Of(device);
        if (!Lane(partition).TryAdd(new StoreRequest(kind, target, device, partition, stream, number, value)))
        {
            StoreMeters.Dropped.Add(1);
        }
    }

    private async Task CloseAsync()
    {
        _isClosed = true;
        await _watch.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_lanes.Select(lane => lane.DisposeAsync().AsTask())).ConfigureAwait(false);
        StoreLog.Closed(_logger, _link.Name);
    }
}
