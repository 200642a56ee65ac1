using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Pusher.Core.Identity;

namespace Pusher.Client.Publishing;

/// <summary>
/// Publishes over HTTP: <c>POST /v1/tenants/TENANT/devices/DEVICE/messages</c> or <c>POST /v1/tenants/TENANT/all/messages</c>, the payload as body, options in headers. Also asks what became of
/// a message.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class HttpPublisher : IPublisher
{
    private readonly HttpClient _http;
    private readonly PublishRetry _retry;

    /// <param name="options">Where the node is.</param>
    /// <param name="time">Null = the system's clock.</param>
    public HttpPublisher(HttpPublisherOptions options, TimeProvider? time = null)
    {
        _retry = new PublishRetry(options.Retry, time ?? TimeProvider.System);
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false };
        _http = new HttpClient(handler) { BaseAddress = options.BaseAddress, Timeout = Timeout.InfiniteTimeSpan };
        if (!string.IsNullOrEmpty(options.Token))
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.Token);
        }
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

    /// <summary>What became of a message, by the server's id.</summary>
    /// <exception cref="HttpRequestException">The node cannot be reached or does not answer the question; the message says which.</exception>
    public Task<MessageLookup> FindAsync(string tenant, ulong messageId, CancellationToken cancellationToken = default)
        => LookUpAsync($"v1/tenants/{Checked(tenant)}/messages/{messageId}", cancellationToken);

    /// <summary>What became of a message, by the publisher's id.</summary>
    /// <exception cref="HttpRequestException">The node cannot be reached or does not answer the question; the message says which.</exception>
    public Task<MessageLookup> FindAsync(string tenant, string device, string publisherId, CancellationToken cancellationToken = default)
        => LookUpAsync($"v1/tenants/{Checked(tenant)}/devices/{Checked(device)}/messages/{Uri.EscapeDataString(publisherId)}", cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<PublishResult> AttemptAsync(PublishRequest request, TimeSpan time, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(time);
        try
        {
            using var message = Message(request);
            using var response = await _http.SendAsync(message, timeout.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(timeout.Token).ConfigureAwait(false);
            return PublishReply.TryRead(request, body) ?? WithoutReply(request, response.StatusCode);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            return request.Result(PublishStatus.Unavailable, $"{_http.BaseAddress} cannot be reached, nothing was stored: {e.Message}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return request.Result(PublishStatus.Unknown, e is OperationCanceledException ? $"No answer within {time.TotalSeconds:0.###} s." : e.Message);
        }
    }

    private static string Target(PublishRequest request) => request.Device is { } device ? $"devices/{device}" : "all";

    private static HttpRequestMessage Message(PublishRequest request)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, $"v1/tenants/{request.Tenant}/{Target(request)}/messages")
        {
            Content = new ReadOnlyMemoryContent(request.Payload),
        };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        foreach (var (name, value) in PublishHeader.Of(request))
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    /// <summary>No JSON came: a proxy, or something that is no node.</summary>
    private static PublishResult WithoutReply(PublishRequest request, HttpStatusCode code) => request.Result(
        code switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => PublishStatus.Unauthorized,
            HttpStatusCode.RequestEntityTooLarge => PublishStatus.TooLarge,
            HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed => PublishStatus.BadRequest,
            _ => PublishStatus.Unknown,
        },
        $"HTTP {(int)code} without an answer of a Pusher node. Is the address right?");

    private async Task<MessageLookup> LookUpAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(path, cancellationToken).ConfigureAwait(false);
        var body = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var json = TryParse(body);
        return response.StatusCode switch
        {
            HttpStatusCode.OK when json is not null => new MessageLookup(MessageLookupStatus.Found, json.Value),
            HttpStatusCode.NotFound when json is not null => new MessageLookup(MessageLookupStatus.NotFound, json.Value),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new MessageLookup(MessageLookupStatus.Unauthorized, json ?? default),
            HttpStatusCode.BadRequest when json is not null => new MessageLookup(MessageLookupStatus.BadRequest, json.Value),
            _ => throw new HttpRequestException($"HTTP {(int)response.StatusCode} from {_http.BaseAddress}; the state of the message is not known.", null, response.StatusCode),
        };
    }

    private static JsonElement? TryParse(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null; // no JSON is an answer too: not a node's
        }
    }

    private static string Checked(string name)
        => Identifier.IsValid(name) ? name : throw new ArgumentException($"'{name}' is no name: 1 to 64 characters of [A-Za-z0-9_-].", nameof(name));
}
