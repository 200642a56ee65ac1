using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Router.Stores;

/// <summary>
/// The place where an order is safe. One contract test class runs against every implementation.
/// Dedupe and append are one atomic step; a stored append survives a power cut; everything else may be late by one batch,
/// which costs at most a redelivery.
/// </summary>
/// <remarks>
/// Threading: every member may be called from any thread and none blocks on the disk. Failures of the asynchronous reads
/// are thrown as <see cref="StoreUnavailableException"/>.
/// </remarks>
public interface IMessageStore : IAsyncDisposable
{
    /// <summary>Drawn when the store was created; another value means that its data was lost or exchanged.</summary>
    ulong Incarnation { get; }

    /// <summary>The highest message id that is stored; 0 when there is none.</summary>
    ulong HighestMessageId { get; }

    /// <summary>Stores one message; never throws. The store takes the operation over by <see cref="AppendOperation.HandOver"/> and answers by <see cref="AppendOperation.Complete"/>.</summary>
    void Append(AppendOperation operation);

    /// <summary>
    /// Reads a device's streams at login. <paramref name="seen"/> is what the device says it has handed over: it counts as an
    /// acknowledgement, and as a proof of lost data when it is beyond what the store holds; then a new stream is drawn and
    /// what is still pending is numbered anew in it, before this returns.
    /// </summary>
    ValueTask<DeviceOpened> OpenAsync(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, CancellationToken cancellationToken);

    /// <summary>Reads pending messages of a stream behind <paramref name="afterSeq"/>, up to either bound, at least one if there is one.</summary>
    ValueTask<MessagePage> ReadAsync(DeviceKey device, uint stream, ulong afterSeq, int messagesMax, int bytesMax, CancellationToken cancellationToken);

    /// <summary>The device took everything in the stream up to and with <paramref name="seq"/>. Batched; a lost one is redelivered.</summary>
    void Acknowledge(DeviceKey device, uint stream, ulong seq);

    /// <summary>The device reported a result. Batched. The first result wins.</summary>
    void RecordDone(DeviceKey device, ulong messageId, DeliveryResult result, string? text);

    /// <summary>The message was sent <paramref name="attempts"/> times without an acknowledgement. Batched.</summary>
    void RecordAttempts(DeviceKey device, uint stream, ulong seq, int attempts);

    /// <summary>Ends a message as dead. Returns its id, or null when it was not pending any more.</summary>
    ValueTask<ulong?> GiveUpAsync(DeviceKey device, uint stream, ulong seq, CancellationToken cancellationToken);

    /// <summary>What became of a message, by the server's id; null when it is not known (any more) or belongs to another tenant.</summary>
    ValueTask<MessageStatus?> FindAsync(string tenant, ulong messageId, CancellationToken cancellationToken);

    /// <summary>What became of a message, by its publisher's id; null when it is not known (any more).</summary>
    ValueTask<MessageStatus?> FindAsync(DeviceKey device, string publisherId, CancellationToken cancellationToken);

    /// <summary>Expires what is over its time, forgets what is over its retention. Returns the messages that expired now.</summary>
    ValueTask<IReadOnlyList<MessageStatus>> SweepAsync(CancellationToken cancellationToken);

    /// <summary>Devices with a pending message older than <paramref name="olderThan"/>, at most <paramref name="devicesMax"/>, starting behind <paramref name="after"/> in the store's own order.</summary>
    ValueTask<IReadOnlyList<WaitingStream>> ListWaitingAsync(TimeSpan olderThan, WaitingStream? after, int devicesMax, CancellationToken cancellationToken);

    /// <summary>Completes when everything handed in before is on stable storage or was refused.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);
}
