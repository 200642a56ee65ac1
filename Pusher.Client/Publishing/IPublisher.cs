namespace Pusher.Client.Publishing;

/// <summary>Publishes messages to devices.</summary>
/// <remarks>Threading: any thread; calls may overlap without bound.</remarks>
public interface IPublisher : IAsyncDisposable
{
    /// <summary>
    /// Publishes one message. Expected failures are results, not exceptions; only bad arguments and cancellation throw. After a cancellation the
    /// outcome is unknown.
    /// </summary>
    ValueTask<PublishResult> PublishAsync(
        string tenant,
        string device,
        ReadOnlyMemory<byte> payload,
        PublishOptions? options = null,
        CancellationToken cancellationToken = default);
}
