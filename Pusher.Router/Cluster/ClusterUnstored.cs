using System.Buffers;
using Pusher.Core.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Pusher.Router.Cache;
using Pusher.Router.Dispatch;
using Pusher.Router.Routes;

namespace Pusher.Router.Cluster;

/// <summary>
/// QoS 0 over nodes: to the session here, else to the node that the route names; to all of a tenant to the nodes that hold devices of it. What is handed to
/// another node counts as reached by what is known of it here: nobody answers.
/// </summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class ClusterUnstored(
    LocalNode local,
    TwoLevelCache<DeviceKey, Route> routes,
    TwoLevelCache<GroupKey, GroupMembers> groups,
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
            return new UnstoredReach(0, 0) { IsOpen = true };
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
        var here = local.Unstored.ToTenant(tenant, in frame);
        var bytes = frame.Bytes(FrameFlags.None);
        if (bytes.Length > FrameBytesMax)
        {
            counters.OnDropped(1);
            return here;
        }

        if (groups.TryGet(GroupKey.AllOf(tenant), out var known))
        {
            return known is { } members ? Add(here, SendToHolders(tenant, members.Nodes, bytes)) : here;
        }

        _ = LookUpAndSendToHoldersAsync(tenant, bytes.ToArray());
        return here with { IsOpen = true };
    }

    /// <summary>A node has its first devices of a group, or none any more.</summary>
    public void OnGroupChanged(in GroupChangedEntry entry) => groups.Drop(entry.Group);

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

    // Without an answer from level 2 every node is told: the bus may be well when Redis is not.
    private async Task LookUpAndSendToHoldersAsync(string tenant, byte[] frame)
    {
        try
        {
            if (await groups.GetAsync(GroupKey.AllOf(tenant), CancellationToken.None).ConfigureAwait(false) is { } members)
            {
                SendToHolders(tenant, members.Nodes, frame);
            }
        }
        catch (Exception)
        {
            counters.OnLookUpFailed();
            sender.SendToAll(new UnstoredToAllEntry(tenant, new ReadOnlySequence<byte>(frame)));
        }
    }

    private UnstoredReach SendToHolders(string tenant, IReadOnlyList<GroupNode> nodes, ReadOnlySpan<byte> frame)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(frame.Length);
        frame.CopyTo(bytes);
        var entry = new UnstoredToAllEntry(tenant, new ReadOnlySequence<byte>(bytes, 0, frame.Length));
        var reach = default(UnstoredReach);
        for (var i = 0; i < nodes.Count; i++)
        {
            var (node, members, lifetime) = nodes[i];
            if (node == options.Node || lifetime is { IsOver: true })
            {
                continue;
            }

            reach = Add(reach, sender.Send(node, in entry) ? new UnstoredReach(members, 0) : new UnstoredReach(0, members));
        }

        ArrayPool<byte>.Shared.Return(bytes); // the envelopes have their own copies
        return reach;
    }

    private static UnstoredReach Add(UnstoredReach one, UnstoredReach other)
        => new(one.Reached + other.Reached, one.Overloaded + other.Overloaded) { IsOpen = one.IsOpen || other.IsOpen };

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
