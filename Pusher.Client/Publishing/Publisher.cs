using NATS.Client.Core;
using Pusher.Core.Batches;
using Pusher.Nats;

namespace Pusher.Client.Publishing;

/// <summary>
/// Publishes over NATS: subject <c>pusher.pub.TENANT.device.DEVICE</c> or <c>pusher.pub.TENANT.all</c>, options in headers, one request and one answer; many at once on <c>pusher.pub.TENANT.batch</c>. One connection carries any
/// number of outstanding requests; it is made with the first one and comes back by itself.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class Publisher : IPublisher
{
    private static readonly NatsSubOpts NoRespondersAsMessage = new() { ThrowIfNoResponders = false };

    private readonly NatsConnection _connection;
    private readonly PublishRetry _retry;
    private CancellationTokenSource _lost = new(); // ended when the connection of now is lost

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
        _connection.ConnectionDisconnected += async (_, _) => await Interlocked.Exchange(ref _lost, new CancellationTokenSource()).CancelAsync().ConfigureAwait(false);
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

    /// <summary>
    /// Publishes many messages to devices of one tenant in one NATS message: each is a publish of its own, with its own result, and costs a part of what it costs alone. The batch is not
    /// atomic. What is not certain or refused for now is tried again by itself, with the same ids; so a message that is tried again comes behind one of its device that was
    /// not.
    /// </summary>
    /// <param name="tenant">The tenant of all the devices.</param>
    /// <param name="messages">1 to <see cref="BatchFormat.EntriesMax"/>, of one device in the order in which it is to get them. All together must fit into a message of the NATS server, 1 MiB
    /// unless it is configured otherwise; else every result is <see cref="PublishStatus.TooLarge"/>.</param>
    /// <param name="cancellationToken">After a cancellation the outcome is unknown.</param>
    /// <returns>A result for each message, in the same order. Expected failures are results, not exceptions.</returns>
    /// <exception cref="ArgumentException">The number of messages, a name or an option is one that the server would refuse.</exception>
    public async ValueTask<IReadOnlyList<PublishResult>> PublishBatchAsync(string tenant, IReadOnlyList<BatchMessage> messages, CancellationToken cancellationToken = default)
    {
        if (messages.Count is < 1 or > BatchFormat.EntriesMax)
        {
            throw new ArgumentException($"A batch has 1 to {BatchFormat.EntriesMax} messages.", nameof(messages));
        }

        PublishRequest[] requests = [.. messages.Select(m => PublishRequest.From(tenant, m.Device, m.Payload, m.Options))];
        return await _retry.RunAsync(requests, AttemptAsync, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async ValueTask<PublishResult> AttemptAsync(PublishRequest request, TimeSpan time, CancellationToken cancellationToken)
    {
        var subject = request.Device is { } device ? $"pusher.pub.{request.Tenant}.device.{device}" : $"pusher.pub.{request.Tenant}.all";
        var headers = new NatsHeaders();
        foreach (var (name, value) in PublishHeader.Of(request))
        {
            headers[name] = value;
        }

        var (answer, failure) = await AskAsync(subject, request.Payload, headers, time, cancellationToken).ConfigureAwait(false);
        return (failure is null ? PublishReply.TryRead(request, answer) : null) ?? Failed(request, failure);
    }

    private async ValueTask<PublishResult[]> AttemptAsync(IReadOnlyList<PublishRequest> requests, TimeSpan time, CancellationToken cancellationToken)
    {
        var (answer, failure) = await AskAsync($"pusher.pub.{requests[0].Tenant}.batch", BatchBody.Write(requests), null, time, cancellationToken).ConfigureAwait(false);
        return (failure is null ? BatchBody.TryRead(requests, answer) : null) ?? [.. requests.Select(r => Failed(r, failure))];
    }

    private static PublishResult Failed(PublishRequest request, PublishFailure? failure) => failure is null
        ? request.Result(PublishStatus.Unknown, "The answer was not understood. Does something else listen on pusher.pub?")
        : request.Result(failure.Status, failure.Error);

    /// <summary>One request: the bytes of the answer, or why there are none.</summary>
    private async ValueTask<(byte[]? Answer, PublishFailure? Failure)> AskAsync(
        string subject, ReadOnlyMemory<byte> body, NatsHeaders? headers, TimeSpan time, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(time);
        if (_connection.ConnectionState != NatsConnectionState.Open
            && await ConnectAsync(timeout.Token).ConfigureAwait(false) is { } problem)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return (null, new PublishFailure(PublishStatus.Unavailable, $"NATS cannot be reached, nothing was stored: {problem}"));
        }

        // What comes back on another connection finds nobody who waits for it: the answer to what is under way when this one is lost never comes.
        var lost = Volatile.Read(ref _lost).Token;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, lost);
        if (_connection.ServerInfo is { MaxPayload: > 0 } server && body.Length > server.MaxPayload)
        {
            return (null, new PublishFailure(PublishStatus.TooLarge, $"{body.Length} bytes do not fit into a message of the NATS server, which takes {server.MaxPayload}; nothing was stored."));
        }

        try
        {
            var reply = await _connection.RequestAsync<ReadOnlyMemory<byte>, byte[]>(
                subject,
                body,
                headers,
                NatsRawSerializer<ReadOnlyMemory<byte>>.Default,
                NatsRawSerializer<byte[]>.Default,
                replyOpts: NoRespondersAsMessage,
                cancellationToken: end.Token).ConfigureAwait(false);
            return reply.HasNoResponders
                ? (null, new PublishFailure(PublishStatus.Unavailable, "No Pusher node listens on NATS, nothing was stored."))
                : (reply.Data, null);
        }
        catch (Exception e) when (e is NatsException or OperationCanceledException or TimeoutException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return (null, new PublishFailure(PublishStatus.Unknown, lost.IsCancellationRequested ? "The connection to NATS was lost before the answer came." : $"No answer within {time.TotalSeconds:0.###} s."));
        }
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
