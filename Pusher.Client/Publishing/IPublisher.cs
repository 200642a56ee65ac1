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

    /// <summary>
    /// Publishes one message to every device of a tenant that is online, with <see cref="PublishOptions.Qos"/> 0. Results and exceptions as above; an unknown result
    /// is not retried, for devices would get the message twice.
    /// </summary>
    ValueTask<PublishResult> PublishToAllAsync(
        string tenant,
        ReadOnlyMemory<byte> payload,
        PublishOptions options,
        CancellationToken cancellationToken = default);
}
