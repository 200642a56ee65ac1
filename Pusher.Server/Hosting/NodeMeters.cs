using Pusher.Router.Redis;

namespace Pusher.Server.Hosting;

/// <summary>The figures that the parts of a node keep themselves.</summary>
internal static class NodeMeters
{
    /// <summary>Shows them on the node's meter; once, when all parts are there.</summary>
    public static void Observe(NodeParts parts)
    {
        var (meter, bus, counters) = (parts.Meter, parts.Bus, parts.Transport.Counters);
        meter.ObserveLevel("pusher.connections", () => counters.Connections, "{connection}", "Open device connections, before and after login.");
        meter.ObserveLevel("pusher.logins.pending", () => parts.PendingLogins.Count, "{connection}", "Connections that have not logged in yet.");
        meter.ObserveLevel("pusher.transport.backlog", () => counters.BacklogBytes, "By", "Output that the kernel has not taken yet.");
        meter.Observe("pusher.transport.accepted", () => counters.Accepted, "{connection}", "Connections accepted.");
        meter.Observe("pusher.transport.refused", () => counters.RefusedAtLimit, "{connection}", "Connections closed at accept because connections-max was reached.");
        meter.Observe("pusher.transport.accept_failures", () => counters.AcceptFailures, "{accept}", "Accepts that failed, as for want of file descriptors.");
        meter.Observe("pusher.transport.received", () => counters.BytesIn, "By", "Bytes received from devices.");
        meter.Observe("pusher.transport.sent", () => counters.BytesOut, "By", "Bytes sent to devices.");
        meter.Observe("pusher.bus.dropped", () => bus.Dropped, "{message}", "Messages of the bus dropped because a subscription was full.");
        if (parts.Redis is { } redis)
        {
            meter.ObserveLevel("pusher.redis.connected", () => redis.IsConnected ? 1 : 0, "{connection}", "1 while Redis can be reached.");
            meter.Observe("pusher.redis.scripts", () => redis.ScriptCalls, "{command}", "Scripts sent to Redis; each carries many requests under load.");
        }

        if (parts.Membership is { } membership)
        {
            meter.ObserveLevel("pusher.redis.clock_skew", () => membership.ClockSkewMs, "ms", "Redis's clock less this machine's. Beyond 2,000 ms messages expire noticeably early or late; beyond 5,000 ms a node refuses to start.");
            meter.ObserveLevel("pusher.nodes.live", () => membership.Nodes.Count, "{node}", "Nodes of the cluster whose lease lives, this one included.");
        }

        meter.ObserveLevel("pusher.sweeper.partitions", () => parts.Share?.Count ?? Partition.Count, "{partition}", "Partitions that this node sweeps.");
        meter.ObserveLevel("pusher.bus.connected", () => bus.IsConnected ? 1 : 0, "{connection}", "1 while the bus is connected.");
        meter.Observe("pusher.fights", () => parts.Flaps.Fights, "{device}", "Devices that two clients fought for.");
        meter.Observe("pusher.fights.refused", () => parts.Flaps.Refused, "{login}", "Logins refused because two clients fight for the device.");
        parts.Cluster?.Observe(meter);
        if (parts.Recovery is { } recovery)
        {
            meter.Observe("pusher.recovery.runs", () => recovery.Runs, "{run}", "Times all sessions were compared with the routes in Redis.");
            meter.Observe("pusher.recovery.restored", () => recovery.Restored, "{route}", "Routes that were missing in Redis and were written again.");
            meter.Observe("pusher.recovery.superseded", () => recovery.Superseded, "{session}", "Sessions that ended because their device had logged in elsewhere unnoticed.");
        }
    }
}
