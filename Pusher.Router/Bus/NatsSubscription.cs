using Microsoft.Extensions.Logging;
using NATS.Client.Core;

namespace Pusher.Router.Bus;

/// <summary>
/// One subscription of the <see cref="NatsBus"/>. It outlives connections: established once NATS is there, then kept by the
/// client over every reconnect.
/// </summary>
/// <remarks>Threading: any thread; establishing and disposing exclude each other by a semaphore.</remarks>
internal abstract class NatsSubscription(NatsConnection connection, string subject, Action<NatsSubscription> forget, ILogger log) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private bool _established;
    private bool _disposed;

    protected NatsConnection Connection => connection;

    protected string Subject => subject;

    protected ILogger Log => log;

    /// <summary>
    /// Puts the subscription in place, and returns when nats-server has it; does nothing when it is there. A connection that breaks
    /// meanwhile is no error: the next one opens it again.
    /// </summary>
    public async ValueTask EstablishAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_established && !_disposed)
            {
                await OpenAsync(cancellationToken).ConfigureAwait(false);
                _established = true;
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
            if (!_disposed && _established)
            {
                await DrainAsync().ConfigureAwait(false);
            }

            _disposed = true;
        }
        finally
        {
            _gate.Release();
        }

        await WhenHandedOverAsync().ConfigureAwait(false);
    }

    /// <summary>Subscribes.</summary>
    protected abstract ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>Unsubscribes, after what nats-server had sent before.</summary>
    protected abstract ValueTask DrainAsync();

    /// <summary>Completes when the last message was handed over.</summary>
    protected abstract Task WhenHandedOverAsync();
}
