using Microsoft.Extensions.Logging;
using NATS.Client.Core;

namespace Pusher.Router.Bus;

/// <summary>
/// One subscription of the <see cref="NatsBus"/>. It outlives connections: established once NATS is there, then kept by the
/// client over every reconnect.
/// </summary>
/// <remarks>Threading: any thread; establishing and disposing exclude each other by a semaphore, one loop hands messages over.</remarks>
internal sealed class NatsSubscription(
    NatsConnection connection,
    string subject,
    string? queueGroup,
    NatsSubChannelOpts channel,
    Action<BusMessage> handler,
    Action<NatsSubscription> forget,
    ILogger log) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly BusDelivery _delivery = new(subject, handler, log);
    private INatsSub<byte[]>? _subscription;
    private Task _loop = Task.CompletedTask;
    private bool _disposed;

    /// <summary>
    /// Puts the subscription in place, and returns when nats-server has it; does nothing when it is there. A connection that breaks
    /// meanwhile is no error: the next one opens it again.
    /// </summary>
    public async ValueTask EstablishAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_subscription is null && !_disposed)
            {
                _subscription = await connection.SubscribeCoreAsync<byte[]>(
                    subject, queueGroup, NatsRawSerializer<byte[]>.Default, new NatsSubOpts { ChannelOpts = channel }, cancellationToken).ConfigureAwait(false);
                var messages = _subscription.Msgs;
                _loop = Task.Run(() => _delivery.RunAsync(messages, static m => ToMessage(m)), CancellationToken.None);
                await connection.PingAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is NatsException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            RouterLog.NatsSubscribeFailed(log, subject, e.Message);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        forget(this);
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_disposed && _subscription is { } subscription)
            {
                await subscription.DrainAsync().ConfigureAwait(false);
            }

            _disposed = true;
        }
        finally
        {
            _gate.Release();
        }

        await _loop.ConfigureAwait(false);
    }

    private static BusMessage ToMessage(in NatsMsg<byte[]> message) => new(
        message.Subject,
        message.ReplyTo,
        message.Headers is { Count: > 0 } headers ? new NatsHeaderView(headers) : null,
        message.Data);
}
