using System.Buffers;
using Pusher.Core.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Pusher.Router.Cache;
using Pusher.Router.Dispatch;
using Pusher.Router.Routes;

namespace Pusher.Router.Cluster;

/// <summary>
/// QoS 0 over nodes: to the session here, else to the node that the route names; to all of a tenant in one message of the bus for all nodes. What is handed to
/// another node counts as reached, for a device, and not at all, for a tenant: nobody answers.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class ClusterUnstored(
    LocalNode local,
    TwoLevelCache<DeviceKey, Route> routes,
    RouteLookUps lookUps,
    ClusterSender sender,
    ClusterOptions options,
    ClusterCounters counters) : IUnstoredDelivery
{
    /// <summary>What fits behind a full envelope into the message that nats-server takes unless told otherwise.</summary>
    private const int FrameBytesMax = 512 * 1024;

    private readonly SharedFramePool _frames = new();

    /// <inheritdoc/>
    public UnstoredReach ToDevice(DeviceKey device, in FrameLease frame)
    {
        if (local.Presence.IsOnline(device, out _) == true)
        {
            return local.Unstored.ToDevice(device, in frame);
        }

        if (!routes.TryGet(device, out var known))
        {
            _ = LookUpAndSendAsync(device, frame.Bytes(FrameFlags.None).ToArray());
            return default;
        }

        if (known is not { } route || route.Node == options.Node)
        {
            return local.Unstored.ToDevice(device, in frame); // counts it as dropped
        }

        return Send(route.Node, device, frame.Bytes(FrameFlags.None)) ? new UnstoredReach(1, 0) : new UnstoredReach(0, 1);
    }

    /// <inheritdoc/>
    public UnstoredReach ToTenant(string tenant, in FrameLease frame)
    {
        var bytes = frame.Bytes(FrameFlags.None);
        if (bytes.Length <= FrameBytesMax)
        {
            sender.SendToAll(new UnstoredToAllEntry(tenant, new ReadOnlySequence<byte>(bytes.ToArray())));
        }
        else
        {
            counters.OnDropped(1);
        }

        return local.Unstored.ToTenant(tenant, in frame);
    }

    /// <summary>From another node, for a session here.</summary>
    public void OnUnstored(in UnstoredEntry entry)
    {
        var frame = Copy(entry.Frame);
        local.Unstored.ToDevice(entry.Device, in frame);
        frame.Release();
    }

    /// <summary>From another node, for the sessions of a tenant here.</summary>
    public void OnUnstoredToAll(in UnstoredToAllEntry entry)
    {
        var frame = Copy(entry.Frame);
        local.Unstored.ToTenant(entry.Tenant, in frame);
        frame.Release();
    }

    private async Task LookUpAndSendAsync(DeviceKey device, byte[] frame)
    {
        if (await lookUps.FindAsync(device).ConfigureAwait(false) is { } route && route.Node != options.Node)
        {
            Send(route.Node, device, frame);
        }
    }

    private bool Send(string node, DeviceKey device, ReadOnlySpan<byte> frame)
    {
        if (frame.Length > FrameBytesMax)
        {
            counters.OnDropped(1);
            return false;
        }

        var bytes = ArrayPool<byte>.Shared.Rent(frame.Length);
        frame.CopyTo(bytes);
        var sent = sender.Send(node, new UnstoredEntry(device, new ReadOnlySequence<byte>(bytes, 0, frame.Length)));
        ArrayPool<byte>.Shared.Return(bytes); // the envelope has its own copy
        return sent;
    }

    private FrameLease Copy(in ReadOnlySequence<byte> bytes)
    {
        var frame = _frames.Rent((int)bytes.Length, out var output);
        foreach (var part in bytes)
        {
            output.Write(part.Span);
        }

        return frame;
    }
}
