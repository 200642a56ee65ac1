using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Router.Dispatch;
using Pusher.Router.Stores;

namespace Pusher.Server.Http;

/// <summary>
/// What became of a message: <c>GET /v1/tenants/{tenant}/messages/{id}</c> by the server's id, <c>GET /v1/tenants/{tenant}/devices/{device}/messages/{publisherId}</c>
/// by the publisher's. 200 with <see cref="MessageStatusJson"/>, 404 when it is not known (any more).
/// </summary>
internal sealed class MessageEndpoints(IMessageStore store, BearerToken token)
{
    public const string RouteById = "/v1/tenants/{tenant}/messages/{id}";

    public const string RouteByPublisherId = "/v1/tenants/{tenant}/devices/{device}/messages/{publisherId}";

    public Task ByIdAsync(HttpContext context)
    {
        var tenant = Value(context, "tenant");
        return ulong.TryParse(Value(context, "id"), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Identifier.IsValid(tenant)
            ? FindAsync(context, () => store.FindAsync(tenant, id, context.RequestAborted))
            : FindAsync(context, null);
    }

    public Task ByPublisherIdAsync(HttpContext context)
    {
        var device = new DeviceKey(Value(context, "tenant"), Value(context, "device"));
        var publisherId = LastSegment(context);
        return Identifier.IsValid(device.Tenant) && Identifier.IsValid(device.Device) && PublisherId.IsValid(publisherId)
            ? FindAsync(context, () => store.FindAsync(device, publisherId, context.RequestAborted))
            : FindAsync(context, null);
    }

    // The router leaves %2F as it is, and after that nobody can tell it from an id that holds these three characters. So: the raw path, decoded once.
    private static string LastSegment(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var end = target.IndexOf('?', StringComparison.Ordinal);
        var path = end < 0 ? target : target[..end];
        return Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
    }

    private static string Value(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;

    private async Task FindAsync(HttpContext context, Func<ValueTask<MessageStatus?>>? find)
    {
        if (!token.Admits(context.Request))
        {
            await JsonResponse.WriteErrorAsync(context, StatusCodes.Status401Unauthorized, "The bearer token is missing or wrong.").ConfigureAwait(false);
            return;
        }

        if (find is null)
        {
            await JsonResponse.WriteErrorAsync(
                context, StatusCodes.Status400BadRequest, "Tenant, device or message id is malformed; a message id is decimal digits.").ConfigureAwait(false);
            return;
        }

        try
        {
            var status = await find().ConfigureAwait(false);
            await (status is null
                ? JsonResponse.WriteErrorAsync(context, StatusCodes.Status404NotFound, "No such message, or it ended longer ago than the store remembers.")
                : JsonResponse.WriteAsync(context, StatusCodes.Status200OK, false, json => MessageStatusJson.Write(json, status))).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
            await JsonResponse.WriteErrorAsync(context, StatusCodes.Status503ServiceUnavailable, "The store cannot be read now. Try again later.", retryLater: true)
                .ConfigureAwait(false);
        }
    }
}
