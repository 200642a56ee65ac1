using System.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Pusher.Router.Cache;
using Pusher.Router.Dispatch;
using Pusher.Router.Routes;
using Pusher.Router.Stores;

namespace Pusher.Router.Cluster;

/// <summary>
/// Rings for devices on any node: first for a session of this node, without bus or allocation; else at the node that the route names. A small message
/// rides along. A ring that cannot be sent is counted and left to the sweeper.
/// </summary>
/// <remarks>Threading: any thread. Never waits: a route that level 1 does not know is looked up beside.</remarks>
internal sealed class ClusterDoorbell(
    LocalNode local,
    TwoLevelCache<DeviceKey, Route> routes,
    RouteLookUps lookUps,
    ClusterSender sender,
    ClusterOptions options) : IDoorbell, IPresence
{
    /// <inheritdoc/>
    public void Expect(DeviceKey device)
    {
        if (local.Presence.IsOnline(device, out _) != true && !routes.TryPeek(device, out _))
        {
            _ = lookUps.FindAsync(device);
        }
    }

    /// <inheritdoc/>
    public bool Ring(AppendOperation message)
    {
        if (local.Doorbell.Ring(message))
        {
            return true;
        }

        if (!routes.TryGet(message.Device, out var known))
        {
            _ = LookUpAndRingAsync(new RingEntry(message.Device, message.Stream, message.Seq, Again: false));
            return false;
        }

        if (known is not { } route)
        {
            return false;
        }

        return message.Payload.Length <= options.LetterBytesMax && route.Node != options.Node
            ? sender.Send(route.Node, ToLetter(message))
            : RingAt(in route, new RingEntry(message.Device, message.Stream, message.Seq, Again: false));
    }

    /// <inheritdoc/>
    public bool Ring(DeviceKey device, uint stream, ulong lastSeq)
    {
        if (local.Doorbell.Ring(device, stream, lastSeq))
        {
            return true;
        }

        var ring = new RingEntry(device, stream, lastSeq, Again: false);
        if (!routes.TryGet(device, out var known))
        {
            _ = LookUpAndRingAsync(ring);
            return false;
        }

        return known is { } route && RingAt(in route, in ring);
    }

    /// <inheritdoc/>
    public bool? IsOnline(DeviceKey device, out long lastSeenUnixMs)
    {
        if (local.Presence.IsOnline(device, out lastSeenUnixMs) == true)
        {
            return true;
        }

        return routes.TryPeek(device, out var route) ? route is { } known && known.Node != options.Node : null;
    }

    /// <summary>The node that was rung does not hold the device: its route is out of date. One more try with what level 2 says now.</summary>
    public void OnNotHere(string node, in NotHereEntry notHere)
    {
        if (routes.TryPeek(notHere.Device, out var route) && route?.Node == node)
        {
            routes.Drop(notHere.Device);
        }

        if (!notHere.Again)
        {
            _ = LookUpAndRingAsync(new RingEntry(notHere.Device, notHere.Stream, notHere.LastSeq, Again: true));
        }
    }

    private static LetterEntry ToLetter(AppendOperation message)
    {
        var head = new PushHead
        {
            MessageId = message.MessageId,
            Stream = message.Stream,
            Seq = message.Seq,
            Priority = message.Priority,
            ExpiresAtUnixMs = message.ExpiresAtUnixMs,
        };
        return new LetterEntry(message.Device, head, new ReadOnlySequence<byte>(message.Payload));
    }

    private bool RingAt(in Route route, in RingEntry ring)
    {
        if (route.Node != options.Node)
        {
            return sender.Send(route.Node, in ring);
        }

        // It was here when the route was read: it logs in just now, and reads the store itself, or it has left.
        if (local.Doorbell.Ring(ring.Device, ring.Stream, ring.LastSeq))
        {
            return true;
        }

        routes.Drop(ring.Device);
        return false;
    }

    private async Task LookUpAndRingAsync(RingEntry ring)
    {
        if (await lookUps.FindAsync(ring.Device).ConfigureAwait(false) is { } route)
        {
            RingAt(in route, in ring);
        }
    }
}
