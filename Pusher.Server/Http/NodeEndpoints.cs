using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pusher.Core.Identity;
using Pusher.Router.Routes.Redis;
using Pusher.Router.Stores;

namespace Pusher.Server.Http;

/// <summary>
/// The nodes of the cluster, asked of any of them: <c>GET /v1/nodes</c>; <c>POST /v1/nodes/{node}/drain</c>, answered 202 when the node will hear of it. A drain
/// asks for the administrator's token: who may publish may not stop nodes.
/// </summary>
internal sealed class NodeEndpoints(INodeControl nodes, BearerToken token, BearerToken? adminToken)
{
    public const string Route = "/v1/nodes";

    public const string RouteOfDrain = "/v1/nodes/{node}/drain";

    public Task ListAsync(HttpContext context)
        => token.Admits(context.Request) || adminToken?.Admits(context.Request) == true
            ? JsonResponse.WriteAsync(context, StatusCodes.Status200OK, false, Write)
            : JsonResponse.WriteErrorAsync(context, StatusCodes.Status401Unauthorized, "The bearer token is missing or wrong.");

    public async Task DrainAsync(HttpContext context)
    {
        var (status, answer) = await TryDrainAsync(context, (string)context.Request.RouteValues["node"]!).ConfigureAwait(false);
        await (status == StatusCodes.Status202Accepted
            ? JsonResponse.WriteAsync(context, status, false, json =>
            {
                json.WriteStartObject();
                json.WriteString("node"u8, answer);
                json.WriteString("status"u8, "asked to drain");
                json.WriteEndObject();
            })
            : JsonResponse.WriteErrorAsync(context, status, answer, retryLater: status == StatusCodes.Status503ServiceUnavailable)).ConfigureAwait(false);
    }

    private async Task<(int Status, string Answer)> TryDrainAsync(HttpContext context, string node)
    {
        if (adminToken is null)
        {
            return (StatusCodes.Status403Forbidden, "Nodes are not drained over HTTP here: start them with --admin-token-file, or send SIGTERM.");
        }

        if (!adminToken.Admits(context.Request))
        {
            return (StatusCodes.Status401Unauthorized, "The administrator's bearer token is missing or wrong.");
        }

        try
        {
            return Identifier.IsValid(node) && await nodes.DrainAsync(node).ConfigureAwait(false)
                ? (StatusCodes.Status202Accepted, node)
                : (StatusCodes.Status404NotFound, "There is no live node of this name.");
        }
        catch (StoreUnavailableException e)
        {
            return (StatusCodes.Status503ServiceUnavailable, e.Message);
        }
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("nodes"u8);
        foreach (var node in nodes.Nodes)
        {
            json.WriteStartObject();
            json.WriteString("node"u8, node.Node);
            json.WriteString("state"u8, StateOf(node));
            json.WriteString("address"u8, node.Address);
            json.WriteNumber("connections"u8, node.Connections);
            json.WriteNumber("messages_per_second"u8, node.MessagesPerSecond);
            json.WriteNumber("number"u8, node.Number);
            json.WriteNumber("incarnation"u8, node.Incarnation);
            json.WriteString("since"u8, DateTimeOffset.FromUnixTimeMilliseconds(node.SinceUnixMs).UtcDateTime);
            json.WriteBoolean("asked"u8, node.Node == nodes.Node);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string StateOf(NodeLease node) => node.IsDraining ? "draining" : node.IsAskedToDrain ? "asked to drain" : "live";
}
