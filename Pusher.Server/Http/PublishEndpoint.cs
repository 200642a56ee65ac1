using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Pusher.Core.Identity;
using Pusher.Router.Dispatch;

namespace Pusher.Server.Http;

/// <summary>
/// <c>POST /v1/tenants/{tenant}/devices/{device}/messages</c> to one device, <c>POST /v1/tenants/{tenant}/all/messages</c> to all of a tenant: the body is the payload, options are headers as over NATS, the answer is the same JSON. The
/// targets <c>stores/{store}</c> and <c>tags/{tag}</c> are answered that they are not served yet.
/// </summary>
internal sealed class PublishEndpoint(Dispatcher dispatcher, BearerToken token, AdminServerOptions options, TimeProvider time)
{
    public const string Route = "/v1/tenants/{tenant}/devices/{device}/messages";

    public const string RouteToAll = "/v1/tenants/{tenant}/all/messages";
    public const string RouteToStore = "/v1/tenants/{tenant}/stores/{store}/messages";
    public const string RouteToTag = "/v1/tenants/{tenant}/tags/{tag}/messages";

    public Task ToDeviceAsync(HttpContext context)
        => HandleAsync(context, new HttpPublishOperation { Device = new DeviceKey(Value(context, "tenant"), Value(context, "device")) });

    public Task ToAllAsync(HttpContext context)
        => HandleAsync(context, new HttpPublishOperation { Device = new DeviceKey(Value(context, "tenant"), ""), Target = PublishTarget.All });

    public Task ToStoreAsync(HttpContext context) => HandleAsync(context, new HttpPublishOperation { Problem = PublishSubject.NotServed("store") });

    public Task ToTagAsync(HttpContext context) => HandleAsync(context, new HttpPublishOperation { Problem = PublishSubject.NotServed("tag") });

    private static string Value(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;

    private async Task HandleAsync(HttpContext context, HttpPublishOperation operation)
    {
        // Before the body: whoever may not publish cannot make us read either.
        if (!token.Admits(context.Request))
        {
            dispatcher.Refuse(operation, PublishStatus.Unauthorized, "The bearer token is missing or wrong.");
        }
        else if (await RequestBody.ReadAsync(context.Request, dispatcher.Options.PayloadBytesMax, context.RequestAborted).ConfigureAwait(false) is { } body)
        {
            operation.Payload = body;
            ApplyHeaders(operation, context.Request.Headers);
            dispatcher.Publish(operation);
        }
        else
        {
            dispatcher.Refuse(operation, PublishStatus.TooLarge, $"The body is longer than the limit of {dispatcher.Options.PayloadBytesMax} bytes.");
        }

        var reply = await AnswerAsync(operation).ConfigureAwait(false);
        await JsonResponse.WriteAsync(context, HttpStatusOf(reply.Status), reply.Status == PublishStatus.StoreUnavailable, reply.WriteTo).ConfigureAwait(false);
    }

    private static int HttpStatusOf(PublishStatus status) => status switch
    {
        PublishStatus.Ok or PublishStatus.Duplicate => StatusCodes.Status200OK,
        PublishStatus.BadRequest => StatusCodes.Status400BadRequest,
        PublishStatus.Unauthorized => StatusCodes.Status401Unauthorized,
        PublishStatus.UnknownDevice => StatusCodes.Status404NotFound,
        PublishStatus.TooLarge => StatusCodes.Status413PayloadTooLarge,
        PublishStatus.QueueFull => StatusCodes.Status429TooManyRequests,
        PublishStatus.StoreUnavailable => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status504GatewayTimeout,
    };

    private static void ApplyHeaders(PublishOperation operation, IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers)
        {
            foreach (var value in values.Count == 0 ? new StringValues("") : values)
            {
                PublishHeaders.Apply(operation, name, value ?? "");
            }
        }
    }

    // A caller that went away changes nothing: the message is on its way into the store. One that waits too long learns that it must ask again.
    private async Task<PublishReply> AnswerAsync(HttpPublishOperation operation)
    {
        try
        {
            return await operation.Answered.WaitAsync(TimeSpan.FromMilliseconds(options.AnswerTimeoutMs), time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return new PublishReply
            {
                Status = PublishStatus.Unknown,
                QueueDepth = -1,
                Error = "The store did not answer in time; the message may or may not be stored. Publish it again with the same publisher id to find out.",
            };
        }
    }
}
