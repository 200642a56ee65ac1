using Pusher.Core.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Metrics;
using Pusher.Core.Protocol;

namespace Pusher.Router.Dispatch;

/// <summary>
/// The way of a QoS 0 message: encoded once into a pooled frame, handed to the reactors, answered. The store is not asked, and nothing is allocated in
/// the steady state.
/// </summary>
/// <remarks>Threading: any thread. The answer is given before <see cref="Publish"/> returns; the operation and its payload are the caller's again.</remarks>
internal sealed class UnstoredPublisher(IUnstoredDelivery delivery, MessageIdGenerator ids, TimeProvider time, PusherMeter meter)
{
    private readonly SharedFramePool _frames = new();

    public PublishReply Publish(PublishOperation operation)
    {
        var messageId = ids.Next();
        var frame = Encode(operation, messageId);
        var toAll = operation.Target == PublishTarget.All;
        var reach = toAll
            ? delivery.ToTenant(operation.Device.Tenant, in frame)
            : delivery.ToDevice(operation.Device, in frame);
        frame.Release();
        meter.UnstoredPublished();
        if (reach is { Reached: 0, Overloaded: > 0, IsOpen: false })
        {
            return new PublishReply
            {
                Status = PublishStatus.StoreUnavailable,
                QueueDepth = -1,
                Error = "Too many QoS 0 messages are under way; this one was handed to nobody. Try again later.",
            };
        }

        return new PublishReply
        {
            Status = PublishStatus.Ok,
            MessageId = messageId,
            QueueDepth = -1,
            IsUnstored = true,
            Reached = reach.IsOpen ? null : reach.Reached,
            Online = toAll || reach.IsOpen ? null : reach.Reached > 0,
        };
    }

    // The default time to live belongs to the store: without one of its own the message says "never".
    private FrameLease Encode(PublishOperation operation, ulong messageId)
    {
        var ttlMs = operation.TtlMs ?? 0;
        var head = new PushHead
        {
            MessageId = messageId,
            Priority = operation.Priority,
            ExpiresAtUnixMs = ttlMs == 0 ? 0 : time.GetUtcNow().ToUnixTimeMilliseconds() + ttlMs,
        };
        return PushFrame.Rent(_frames, in head, operation.Payload.Span);
    }
}
