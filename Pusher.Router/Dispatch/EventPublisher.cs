using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Metrics;
using Pusher.Core.Protocol;
using Pusher.Router.Bus;

namespace Pusher.Router.Dispatch;

/// <summary>
/// Tells backends what happens to their messages and devices, as JSON on <c>pusher.evt.&lt;tenant&gt;.&lt;kind&gt;.&lt;device&gt;</c>:
/// <list type="bullet">
/// <item><c>dead</c>: a message ended without being delivered; the members of <see cref="MessageStatusJson"/>.</item>
/// <item><c>receipt</c>: the device reported a result: <c>message_id tenant device result result_text at</c>.</item>
/// <item><c>up</c>: the device sent an event: <c>event_id name tenant device at payload</c>, the payload in base64.</item>
/// </list>
/// An event may be lost, as everything on the bus; the state of a message is kept by the store and can be asked for.
/// </summary>
/// <remarks>Threading: any thread; never waits and never throws.</remarks>
public sealed class EventPublisher(IClusterBus bus, TimeProvider time, PusherMeter meter, ILogger<EventPublisher> log)
{
    /// <summary>A message expired or died, was cancelled or collapsed.</summary>
    public void Ended(MessageStatus status)
    {
        meter.Lost(WireNames.Of(status.State), (int)status.State);
        var json = Begin("dead");
        MessageStatusJson.WriteMembers(json.Json, status);
        Send(status.Device, "dead", json);
    }

    /// <summary>A device reported what it did with a message.</summary>
    public void Receipt(DeviceKey device, ulong messageId, DeliveryResult result, string? text)
    {
        var json = Begin("receipt");
        MessageIdJson.Write(json.Json, messageId);
        WriteDevice(json, device);
        json.Json.WriteString("result"u8, WireNames.Of(result));
        MessageStatusJson.WriteOptional(json.Json, "result_text", text);
        Send(device, "receipt", json);
    }

    /// <summary>A device sent an event of its own. The answer is for the device.</summary>
    public EventStatus Up(DeviceKey device, ulong eventId, ReadOnlySpan<char> name, ReadOnlySpan<byte> payload)
    {
        if (!Identifier.IsValid(name))
        {
            return EventStatus.Rejected;
        }

        var json = Begin("up");
        json.Json.WriteString("event_id"u8, eventId.ToString());
        json.Json.WriteString("name"u8, name);
        WriteDevice(json, device);
        json.Json.WriteBase64String("payload"u8, payload);
        return Send(device, "up", json) ? EventStatus.Ok : EventStatus.Unavailable;
    }

    private static void WriteDevice(JsonBuffer json, DeviceKey device)
    {
        json.Json.WriteString("tenant"u8, device.Tenant);
        json.Json.WriteString("device"u8, device.Device);
    }

    private JsonBuffer Begin(string kind)
    {
        var json = JsonBuffer.Rent();
        json.Json.WriteStartObject();
        json.Json.WriteString("event"u8, kind);
        json.Json.WriteString("at"u8, time.GetUtcNow().UtcDateTime);
        return json;
    }

    private bool Send(DeviceKey device, string kind, JsonBuffer json)
    {
        json.Json.WriteEndObject();
        return BusSender.Send(bus, $"pusher.evt.{device.Tenant}.{kind}.{device.Device}", json, log);
    }
}
