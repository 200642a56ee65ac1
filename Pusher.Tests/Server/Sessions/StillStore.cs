using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Router.Stores;

namespace Pusher.Tests.Server.Sessions;

/// <summary>A store in which every device has one stream, all acknowledged, and nothing ever happens: what is measured on it is the session layer alone.</summary>
internal sealed class StillStore : IMessageStore
{
    private static readonly DeviceOpened Opened = new([new StreamState(7, 3, 3)], []);

    public ulong Incarnation => 1;

    public ulong HighestMessageId => 0;

    public ValueTask<DeviceOpened> OpenAsync(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, CancellationToken cancellationToken) => ValueTask.FromResult(Opened);

    public void Append(AppendOperation operation) => throw Unwanted();

    public ValueTask<MessagePage> ReadAsync(DeviceKey device, uint stream, ulong afterSeq, int messagesMax, int bytesMax, CancellationToken cancellationToken) => throw Unwanted();

    public void Acknowledge(DeviceKey device, uint stream, ulong seq) => throw Unwanted();

    public void RecordDone(DeviceKey device, ulong messageId, DeliveryResult result, string? text) => throw Unwanted();

    public void RecordAttempts(DeviceKey device, uint stream, ulong seq, int attempts) => throw Unwanted();

    public ValueTask<ulong?> GiveUpAsync(DeviceKey device, uint stream, ulong seq, CancellationToken cancellationToken) => throw Unwanted();

    public ValueTask<MessageStatus?> FindAsync(string tenant, ulong messageId, CancellationToken cancellationToken) => throw Unwanted();

    public ValueTask<MessageStatus?> FindAsync(DeviceKey device, string publisherId, CancellationToken cancellationToken) => throw Unwanted();

    public ValueTask<IReadOnlyList<MessageStatus>> SweepAsync(CancellationToken cancellationToken) => throw Unwanted();

    public ValueTask<IReadOnlyList<WaitingStream>> ListWaitingAsync(TimeSpan olderThan, WaitingStream? after, int devicesMax, CancellationToken cancellationToken) => throw Unwanted();

    public ValueTask FlushAsync(CancellationToken cancellationToken) => throw Unwanted();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static InvalidOperationException Unwanted() => new("An idle device asks nothing of the store.");
}
