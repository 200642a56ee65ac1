namespace Pusher.Router.Bus;

/// <summary>
/// Carries publishes in, events out, and rings between nodes. It may drop: what must not be lost is in the store.
/// One contract test class runs against every implementation.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
public interface IClusterBus : IAsyncDisposable
{
    /// <summary>False while the bus cannot be reached; it reconnects by itself.</summary>
    bool IsConnected { get; }

    /// <summary>Messages that were dropped because a subscription's queue was full.</summary>
    long Dropped { get; }

    /// <summary>
    /// Hands every message on <paramref name="subject"/> (NATS wildcards) to <paramref name="handler"/>, in order, on one
    /// thread at a time; of all subscribers of one <paramref name="queueGroup"/> only one gets each message.
    /// The handler must be quick and must not throw. Dispose to unsubscribe: messages already taken are still handed over.
    /// </summary>
    ValueTask<IAsyncDisposable> SubscribeAsync(string subject, string? queueGroup, Action<BusMessage> handler, CancellationToken cancellationToken);

    /// <summary>
    /// The same, without a queue in between: <paramref name="receiver"/> is called where the message was received, with the receive buffer itself.
    /// Nothing is copied and nothing dropped; a receiver that dawdles holds up everything else that the bus brings. Dispose to unsubscribe: messages
    /// already on their way are still handed over.
    /// </summary>
    ValueTask<IAsyncDisposable> SubscribeInPlaceAsync(string subject, string? queueGroup, BusReceiver receiver, CancellationToken cancellationToken);

    /// <summary>
    /// Publishes; completes when the message is on its way, not when it arrived. Throws <see cref="BusUnavailableException"/>
    /// at once when the bus is not connected.
    /// </summary>
    ValueTask PublishAsync(string subject, ReadOnlyMemory<byte> payload, string? replyTo = null, CancellationToken cancellationToken = default);
}
