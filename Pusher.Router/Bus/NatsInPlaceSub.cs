using System.Buffers;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;

namespace Pusher.Router.Bus;

/// <summary>The NATS client's side of a <see cref="NatsInPlaceSubscription"/>: no channel, no deserializer, no header table.</summary>
/// <remarks>Threading: called by the connection's read loop, one message at a time.</remarks>
internal sealed class NatsInPlaceSub(NatsConnection connection, string subject, string? queueGroup, BusReceiver receiver, ILogger log)
    : NatsSubBase(connection, connection.SubscriptionManager, subject, queueGroup, null)
{
    protected override ValueTask ReceiveInternalAsync(string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
    {
        try
        {
            receiver(new BusArrival { Subject = subject, ReplyTo = replyTo, Headers = headersBuffer ?? default, Payload = payloadBuffer });
        }
        catch (Exception e)
        {
            RouterLog.BusHandlerFailed(log, Subject, e); // else the client would end the subscription
        }

        return default;
    }

    protected override void TryComplete()
    {
        // Nothing waits here.
    }
}
