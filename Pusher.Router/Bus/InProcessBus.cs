using System.Buffers;
using Microsoft.Extensions.Logging;

namespace Pusher.Router.Bus;

/// <summary>The bus of a node that is alone: same rules as NATS, no server, no wire.</summary>
/// <remarks>
/// Threading: any thread. The list of subscriptions is replaced as a whole under a lock and read without one; each
/// subscription has its own bounded queue and hands over on the thread pool, so a slow handler delays nobody else.
/// </remarks>
public sealed class InProcessBus : IClusterBus
{
    private readonly Lock _gate = new();
    private readonly ILogger _log;
    private readonly int _capacity;
    private InProcessSubscription[] _subscriptions = [];
    private long _droppedByDisposed;
    private uint _turn;
    private bool _disposed;

    /// <param name="subscriptionCapacity">How many messages wait for a handler before new ones are dropped and counted.</param>
    /// <param name="log">Where handlers that throw are reported.</param>
    public InProcessBus(ILogger<InProcessBus> log, int subscriptionCapacity = NatsBusOptions.SubscriptionCapacityDefault)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(subscriptionCapacity, 1);
        _log = log;
        _capacity = subscriptionCapacity;
    }

    /// <inheritdoc/>
    public bool IsConnected => !Volatile.Read(ref _disposed);

    /// <inheritdoc/>
    public long Dropped
    {
        get
        {
            lock (_gate)
            {
                return _droppedByDisposed + _subscriptions.Sum(s => s.Dropped);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<IAsyncDisposable> SubscribeAsync(string subject, string? queueGroup, Action<BusMessage> handler, CancellationToken cancellationToken)
    {
        if (!SubjectPattern.IsPattern(subject))
        {
            throw new ArgumentException($"'{subject}' is no subject to subscribe to.", nameof(subject));
        }

        cancellationToken.ThrowIfCancellationRequested();
        var subscription = new InProcessSubscription(this, subject, queueGroup, handler, _capacity, _log);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Volatile.Write(ref _subscriptions, [.. _subscriptions, subscription]);
        }

        return ValueTask.FromResult<IAsyncDisposable>(subscription);
    }

    // A node that is alone takes its publishes by HTTP: here the queue stays, and keeps publishers off the receiver's thread.
    /// <inheritdoc/>
    public ValueTask<IAsyncDisposable> SubscribeInPlaceAsync(string subject, string? queueGroup, BusReceiver receiver, CancellationToken cancellationToken)
        => SubscribeAsync(
            subject,
            queueGroup,
            message => receiver(new BusArrival
            {
                Subject = message.Subject,
                ReplyTo = message.ReplyTo,
                Headers = new ReadOnlySequence<byte>(HeaderBlock.Of(message.Headers)),
                Payload = new ReadOnlySequence<byte>(message.Payload),
            }),
            cancellationToken);

    /// <inheritdoc/>
    public ValueTask PublishAsync(string subject, ReadOnlyMemory<byte> payload, string? replyTo = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Publish(new BusMessage(subject, replyTo, null, payload));
        return ValueTask.CompletedTask;
    }

    /// <summary>Publishes with headers. The payload is copied, so the caller keeps its own.</summary>
    /// <exception cref="BusUnavailableException">The bus is disposed.</exception>
    public void Publish(in BusMessage message)
    {
        if (!IsConnected)
        {
            throw new BusUnavailableException("The in-process bus is stopped.");
        }

        if (!SubjectPattern.IsSubject(message.Subject))
        {
            throw new ArgumentException($"'{message.Subject}' is no subject to publish to.", nameof(message));
        }

        Deliver(message with { Payload = message.Payload.ToArray() });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        InProcessSubscription[] subscriptions;
        lock (_gate)
        {
            Volatile.Write(ref _disposed, true);
            subscriptions = _subscriptions;
        }

        foreach (var subscription in subscriptions)
        {
            await subscription.DisposeAsync().ConfigureAwait(false);
        }
    }

    internal void Remove(InProcessSubscription subscription)
    {
        lock (_gate)
        {
            var rest = _subscriptions.Where(s => s != subscription).ToArray();
            if (rest.Length != _subscriptions.Length)
            {
                _droppedByDisposed += subscription.Dropped;
                Volatile.Write(ref _subscriptions, rest);
            }
        }
    }

    private void Deliver(in BusMessage message)
    {
        var subscriptions = Volatile.Read(ref _subscriptions);
        for (var i = 0; i < subscriptions.Length; i++)
        {
            var subscription = subscriptions[i];
            if (!SubjectPattern.Matches(subscription.Subject, message.Subject))
            {
                continue;
            }

            if (subscription.QueueGroup is not { } group)
            {
                subscription.Offer(message);
            }
            else if (IsFirstOfGroup(subscriptions, i, group, message.Subject))
            {
                PickOfGroup(subscriptions, i, group, message.Subject).Offer(message);
            }
        }
    }

    private static bool IsFirstOfGroup(InProcessSubscription[] subscriptions, int index, string group, string subject)
    {
        for (var i = 0; i < index; i++)
        {
            if (subscriptions[i].QueueGroup == group && SubjectPattern.Matches(subscriptions[i].Subject, subject))
            {
                return false;
            }
        }

        return true;
    }

    // In turn, so that members share the load evenly; NATS picks at random, which nobody may rely on either.
    private InProcessSubscription PickOfGroup(InProcessSubscription[] subscriptions, int first, string group, string subject)
    {
        var members = 0;
        for (var i = first; i < subscriptions.Length; i++)
        {
            members += subscriptions[i].QueueGroup == group && SubjectPattern.Matches(subscriptions[i].Subject, subject) ? 1 : 0;
        }

        var skip = members == 1 ? 0 : (int)(Interlocked.Increment(ref _turn) % (uint)members);
        for (var i = first; ; i++)
        {
            if (subscriptions[i].QueueGroup == group && SubjectPattern.Matches(subscriptions[i].Subject, subject) && skip-- == 0)
            {
                return subscriptions[i];
            }
        }
    }
}
