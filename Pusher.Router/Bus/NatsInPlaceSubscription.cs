using Microsoft.Extensions.Logging;
using NATS.Client.Core;

namespace Pusher.Router.Bus;

/// <summary>A subscription whose receiver is called by the connection's read loop.</summary>
internal sealed class NatsInPlaceSubscription(
    NatsConnection connection,
    string subject,
    string? queueGroup,
    BusReceiver receiver,
    Action<NatsSubscription> forget,
    ILogger log) : NatsSubscription(connection, subject, forget, log)
{
    private NatsInPlaceSub? _subscription; // held here: the connection itself holds it weakly

    protected override async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        _subscription = new NatsInPlaceSub(Connection, Subject, queueGroup, receiver, Log);
        await Connection.AddSubAsync(_subscription, cancellationToken).ConfigureAwait(false);
    }

    protected override ValueTask DrainAsync() => _subscription!.DrainAsync();

    // The drain waits for the answer to a ping behind the last message, and so for the receiver.
    protected override Task WhenHandedOverAsync() => Task.CompletedTask;
}
