using Microsoft.Extensions.Logging;
using NATS.Client.Core;

namespace Pusher.Router.Bus;

/// <summary>A subscription with a bounded queue between the connection and its handler.</summary>
/// <remarks>Threading: one loop on the thread pool hands messages over.</remarks>
internal sealed class NatsQueuedSubscription(
    NatsConnection connection,
    string subject,
    string? queueGroup,
    NatsSubChannelOpts channel,
    Action<BusMessage> handler,
    Action<NatsSubscription> forget,
    ILogger log) : NatsSubscription(connection, subject, forget, log)
{
    private readonly BusDelivery _delivery = new(subject, handler, log);
    private INatsSub<byte[]>? _subscription;
    private Task _loop = Task.CompletedTask;

    protected override async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        _subscription = await Connection.SubscribeCoreAsync<byte[]>(
            Subject, queueGroup, NatsRawSerializer<byte[]>.Default, new NatsSubOpts { ChannelOpts = channel }, cancellationToken).ConfigureAwait(false);
        var messages = _subscription.Msgs;
        _loop = Task.Run(() => _delivery.RunAsync(messages, static m => ToMessage(m)), CancellationToken.None);
    }

    protected override ValueTask DrainAsync() => _subscription!.DrainAsync();

    protected override Task WhenHandedOverAsync() => _loop;

    private static BusMessage ToMessage(in NatsMsg<byte[]> message) => new(
        message.Subject,
        message.ReplyTo,
        message.Headers is { Count: > 0 } headers ? new NatsHeaderView(headers) : null,
        message.Data);
}
