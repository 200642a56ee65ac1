using Microsoft.Extensions.Logging;
using Pusher.Router.Bus;

namespace Pusher.Router.Dispatch;

/// <summary>A publish that came by the bus and is answered by it.</summary>
internal sealed class NatsPublishOperation(IClusterBus bus, ILogger log, string? replyTo) : PublishOperation
{
    protected internal override void Answer(in PublishReply reply)
    {
        if (replyTo is null)
        {
            return;
        }

        var json = JsonBuffer.Rent();
        reply.WriteTo(json.Json);
        BusSender.Send(bus, replyTo, json, log);
    }
}
