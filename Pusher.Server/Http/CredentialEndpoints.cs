using System.Text;
using Microsoft.AspNetCore.Http;
using Pusher.Core.Credentials;
using Pusher.Core.Identity;
using Pusher.Router.Credentials;
using Pusher.Router.Stores;
using Pusher.Server.Credentials;

namespace Pusher.Server.Http;

/// <summary>
/// The devices of a cluster, for administrators: <c>GET /v1/credentials</c>, a line for each; <c>POST /v1/credentials[?replace=true]</c> with a body in the format of the credentials
/// file, of at most 1,000 devices; <c>DELETE /v1/credentials/{tenant}/{device}</c>. Only hashes of keys come in, and none goes out.
/// </summary>
internal sealed class CredentialEndpoints(CredentialAdmin? admin, BearerToken? adminToken)
{
    public const string Route = "/v1/credentials";

    public const string RouteOfDevice = "/v1/credentials/{tenant}/{device}";

    private const int BodyBytesMax = 1024 * 1024;

    public Task ListAsync(HttpContext context) => AnswerAsync(context, async credentials =>
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        await foreach (var (device, store) in credentials.ListAsync(context.RequestAborted).ConfigureAwait(false))
        {
            await context.Response.WriteAsync($"{device} {store}".TrimEnd() + "\n", context.RequestAborted).ConfigureAwait(false);
        }
    });

    public Task WriteAsync(HttpContext context) => AnswerAsync(context, async credentials =>
    {
        var body = await RequestBody.ReadAsync(context.Request, BodyBytesMax, context.RequestAborted).ConfigureAwait(false);
        var entries = body is null ? null : CredentialsDocument.Parse(Encoding.UTF8.GetString(body)).Entries.ToList();
        if (entries is null || entries.Count > ICredentialTable.EntriesMax)
        {
            await JsonResponse.WriteErrorAsync(
                context, StatusCodes.Status413PayloadTooLarge, $"At most {ICredentialTable.EntriesMax} devices and {BodyBytesMax} bytes in one request.").ConfigureAwait(false);
            return;
        }

        var replace = context.Request.Query["replace"] == "true";
        var (outcomes, areTold) = await credentials.WriteAsync(entries, replace, context.RequestAborted).ConfigureAwait(false);
        var kept = entries.Where((_, i) => outcomes[i] == CredentialOutcome.Kept).Select(entry => entry.Device.ToString()).ToList();
        await JsonResponse.WriteAsync(context, kept.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status409Conflict, false, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("added"u8, outcomes.Count(outcome => outcome == CredentialOutcome.Added));
            json.WriteNumber("replaced"u8, outcomes.Count(outcome => outcome == CredentialOutcome.Replaced));
            json.WriteNumber("unchanged"u8, outcomes.Count(outcome => outcome == CredentialOutcome.Unchanged));
            json.WriteBoolean("told"u8, areTold);
            if (kept.Count > 0)
            {
                json.WriteString("error"u8, $"{kept.Count} devices have another key already and keep it, the first is {kept[0]}. Ask for replace to give them these; the old ones end.");
            }

            json.WriteEndObject();
        }).ConfigureAwait(false);
    });

    public Task RemoveAsync(HttpContext context) => AnswerAsync(context, async credentials =>
    {
        if (!DeviceKey.TryParse($"{context.Request.RouteValues["tenant"]}/{context.Request.RouteValues["device"]}", out var device))
        {
            await JsonResponse.WriteErrorAsync(context, StatusCodes.Status400BadRequest, $"Tenant and device must be 1 to {Identifier.LengthMax} characters of A-Z a-z 0-9 _ -.").ConfigureAwait(false);
            return;
        }

        var (wasThere, areTold) = await credentials.RemoveAsync(device, context.RequestAborted).ConfigureAwait(false);
        if (!wasThere)
        {
            await JsonResponse.WriteErrorAsync(context, StatusCodes.Status404NotFound, "There is no such device.").ConfigureAwait(false);
            return;
        }

        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, false, json =>
        {
            json.WriteStartObject();
            json.WriteString("removed"u8, device.ToString());
            json.WriteBoolean("told"u8, areTold);
            json.WriteEndObject();
        }).ConfigureAwait(false);
    });

    private async Task AnswerAsync(HttpContext context, Func<CredentialAdmin, Task> answer)
    {
        if (adminToken is null)
        {
            await JsonResponse.WriteErrorAsync(context, StatusCodes.Status403Forbidden, "Keys are not managed over HTTP here: start the nodes with --admin-token-file.").ConfigureAwait(false);
            return;
        }

        if (!adminToken.Admits(context.Request))
        {
            await JsonResponse.WriteErrorAsync(context, StatusCodes.Status401Unauthorized, "The administrator's bearer token is missing or wrong.").ConfigureAwait(false);
            return;
        }

        if (admin is null)
        {
            await JsonResponse.WriteErrorAsync(context, StatusCodes.Status404NotFound, "This node has its devices from a file: edit that with 'pusher keys --file'. For a cluster start the nodes with --credentials redis.").ConfigureAwait(false);
            return;
        }

        try
        {
            await answer(admin).ConfigureAwait(false);
        }
        catch (CredentialsFormatException e)
        {
            await JsonResponse.WriteErrorAsync(context, StatusCodes.Status400BadRequest, e.Message).ConfigureAwait(false);
        }
        catch (StoreUnavailableException e) when (!context.Response.HasStarted)
        {
            await JsonResponse.WriteErrorAsync(context, StatusCodes.Status503ServiceUnavailable, e.Message, retryLater: true).ConfigureAwait(false);
        }
    }
}
