using NATS.Client.Core;
using Pusher.Nats;

namespace Pusher.Client.Publishing;

/// <summary>
/// Publishes over NATS: subject <c>pusher.pub.TENANT.device.DEVICE</c> or <c>pusher.pub.TENANT.all</c>, options in headers, one request and one answer. One connection carries any
/// number of outstanding requests; it is made with the first one and comes back by itself.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class Publisher : IPublisher
{
    private static readonly NatsSubOpts NoRespondersAsMessage = new() { ThrowIfNoResponders = false };

    private readonly NatsConnection _connection;
    private readonly PublishRetry _retry;

    /// <param name="options">Where NATS is.</param>
    /// <param name="time">Null = the system's clock.</param>
    public Publisher(PublisherOptions options, TimeProvider? time = null)
    {
        _retry = new PublishRetry(options.Retry, time ?? TimeProvider.System);
        var auth = new NatsAuthOpts { Username = options.User, Password = options.Password, Token = options.Token };
        _connection = new NatsConnection(new NatsOpts
        {
            Url = options.NatsUrl,
            Name = options.Name,
            AuthOpts = auth,
            RequestReplyMode = NatsRequestReplyMode.Direct, // no channel and no subscription per request
            CommandTimeout = options.Retry.AttemptTime,
        });
        NatsWithoutNKeys.Seal(auth, NatsWithoutNKeys.HasNKeys);
    }

    /// <inheritdoc/>
    public ValueTask<PublishResult> PublishAsync(
        string tenant,
        string device,
        ReadOnlyMemory<byte> payload,
        PublishOptions? options = null,
        CancellationToken cancellationToken = default)
        => _retry.RunAsync(PublishRequest.From(tenant, device, payload, options), AttemptAsync, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PublishResult> PublishToAllAsync(
        string tenant,
        ReadOnlyMemory<byte> payload,
        PublishOptions options,
        CancellationToken cancellationToken = default)
        => _retry.RunAsync(PublishRequest.ToAll(tenant, payload, options), AttemptAsync, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async ValueTask<PublishResult> AttemptAsync(PublishRequest request, TimeSpan time, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(time);
        if (_connection.ConnectionState != NatsConnectionState.Open
            && await ConnectAsync(timeout.Token).ConfigureAwait(false) is { } problem)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return request.Result(PublishStatus.Unavailable, $"NATS cannot be reached, nothing was stored: {problem}");
        }

        try
        {
            var reply = await RequestAsync(request, timeout.Token).ConfigureAwait(false);
            if (reply.HasNoResponders)
            {
                return request.Result(PublishStatus.Unavailable, "No Pusher node listens on NATS, nothing was stored.");
            }

            return PublishReply.TryRead(request, reply.Data)
                ?? request.Result(PublishStatus.Unknown, "The answer was not understood. Does something else listen on pusher.pub?");
        }
        catch (Exception e) when (e is NatsException or OperationCanceledException or TimeoutException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return request.Result(PublishStatus.Unknown, $"No answer within {time.TotalSeconds:0.###} s.");
        }
    }

    private ValueTask<NatsMsg<byte[]>> RequestAsync(PublishRequest request, CancellationToken cancellationToken)
    {
        var headers = new NatsHeaders();
        foreach (var (name, value) in PublishHeader.Of(request))
        {
            headers[name] = value;
        }

        return _connection.RequestAsync<ReadOnlyMemory<byte>, byte[]>(
            request.Device is { } device ? $"pusher.pub.{request.Tenant}.device.{device}" : $"pusher.pub.{request.Tenant}.all",
            request.Payload,
            headers,
            NatsRawSerializer<ReadOnlyMemory<byte>>.Default,
            NatsRawSerializer<byte[]>.Default,
            replyOpts: NoRespondersAsMessage,
            cancellationToken: cancellationToken);
    }

    /// <summary>What went wrong; null when connected. While it is away nothing is handed to NATS, so an error here is a certain one.</summary>
    private async ValueTask<string?> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _connection.ConnectAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is NatsException or OperationCanceledException or TimeoutException or IOException)
        {
            return e is OperationCanceledException ? "no connection in time." : e.Message;
        }
    }
}
