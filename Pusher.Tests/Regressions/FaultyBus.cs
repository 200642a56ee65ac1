using Pusher.Router.Bus;

namespace Pusher.Tests.Regressions;

/// <summary>A bus that fails in a way nobody planned for, as long as it is told to.</summary>
internal sealed class FaultyBus(IClusterBus inner) : IClusterBus
{
    private volatile bool _isBroken;

    public bool IsBroken
    {
        get => _isBroken;
        set => _isBroken = value;
    }

    public bool IsConnected => inner.IsConnected;

    public long Dropped => inner.Dropped;

    public ValueTask<IAsyncDisposable> SubscribeAsync(string subject, string? queueGroup, Action<BusMessage> handler, CancellationToken cancellationToken)
        => inner.SubscribeAsync(subject, queueGroup, handler, cancellationToken);

    public ValueTask<IAsyncDisposable> SubscribeInPlaceAsync(string subject, string? queueGroup, BusReceiver receiver, CancellationToken cancellationToken)
        => inner.SubscribeInPlaceAsync(subject, queueGroup, receiver, cancellationToken);

    public ValueTask PublishAsync(string subject, ReadOnlyMemory<byte> payload, string? replyTo = null, CancellationToken cancellationToken = default)
        => IsBroken ? throw new InvalidOperationException("a defect of the bus") : inner.PublishAsync(subject, payload, replyTo, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
