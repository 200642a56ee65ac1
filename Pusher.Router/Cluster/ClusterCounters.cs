using Pusher.Core.Metrics;

namespace Pusher.Router.Cluster;

/// <summary>What a node counts of its talk with the others.</summary>
/// <remarks>Threading: any thread.</remarks>
public sealed class ClusterCounters
{
    private long _sent;
    private long _envelopes;
    private long _dropped;
    private long _received;
    private long _notHere;
    private long _unknown;
    private long _malformed;
    private long _lookUpsFailed;
    private long _takeovers;
    private long _kicksUnanswered;
    private long _evicted;

    /// <summary>Entries handed to the bus.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Messages of the bus that carried them.</summary>
    public long Envelopes => Volatile.Read(ref _envelopes);

    /// <summary>Entries that were not sent: the bus was away, or too much waited. Rings among them are swept.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Rings from other nodes.</summary>
    public long RingsReceived => Volatile.Read(ref _received);

    /// <summary>Rings that came to a node which does not hold the device.</summary>
    public long NotHere => Volatile.Read(ref _notHere);

    /// <summary>Envelopes of an unknown version and entries of an unknown kind.</summary>
    public long Unknown => Volatile.Read(ref _unknown);

    /// <summary>Envelopes that could not be read to their end.</summary>
    public long MalformedEnvelopes => Volatile.Read(ref _malformed);

    /// <summary>Rings that were dropped because their route could not be looked up.</summary>
    public long LookUpsFailed => Volatile.Read(ref _lookUpsFailed);

    /// <summary>Logins that replaced a session on another node.</summary>
    public long Takeovers => Volatile.Read(ref _takeovers);

    /// <summary>Kicks that were not answered in time.</summary>
    public long KicksUnanswered => Volatile.Read(ref _kicksUnanswered);

    /// <summary>Sessions of this node that ended for a newer login on another.</summary>
    public long Evicted => Volatile.Read(ref _evicted);

    /// <summary>Shows the counts on <paramref name="meter"/>.</summary>
    public void Observe(PusherMeter meter)
    {
        meter.Observe("pusher.cluster.entries_sent", () => Sent, "{entry}", "Rings, kicks and the like handed to the bus for other nodes.");
        meter.Observe("pusher.cluster.envelopes_sent", () => Envelopes, "{message}", "Messages of the bus that carried them.");
        meter.Observe("pusher.cluster.entries_dropped", () => Dropped, "{entry}", "Entries that were not sent: the bus was away, or too much waited.");
        meter.Observe("pusher.cluster.rings_received", () => RingsReceived, "{ring}", "Rings from other nodes.");
        meter.Observe("pusher.cluster.not_here", () => NotHere, "{ring}", "Rings from other nodes for a device that is not here.");
        meter.Observe("pusher.cluster.unknown", () => Unknown, "{entry}", "Envelopes of an unknown version and entries of an unknown kind.");
        meter.Observe("pusher.cluster.malformed", () => MalformedEnvelopes, "{message}", "Envelopes that could not be read to their end.");
        meter.Observe("pusher.cluster.look_ups_failed", () => LookUpsFailed, "{ring}", "Rings dropped because their route could not be looked up.");
        meter.Observe("pusher.cluster.takeovers", () => Takeovers, "{login}", "Logins that replaced a session on another node.");
        meter.Observe("pusher.cluster.kicks_unanswered", () => KicksUnanswered, "{kick}", "Kicks that were not answered in time.");
        meter.Observe("pusher.cluster.evicted", () => Evicted, "{session}", "Sessions that ended for a newer login on another node.");
    }

    internal void OnSent(int entries)
    {
        Interlocked.Add(ref _sent, entries);
        Interlocked.Increment(ref _envelopes);
    }

    internal void OnDropped(int entries) => Interlocked.Add(ref _dropped, entries);

    internal void OnRingReceived() => Interlocked.Increment(ref _received);

    internal void OnNotHere() => Interlocked.Increment(ref _notHere);

    internal void OnUnknown() => Interlocked.Increment(ref _unknown);

    internal void OnMalformed() => Interlocked.Increment(ref _malformed);

    internal void OnLookUpFailed() => Interlocked.Increment(ref _lookUpsFailed);

    internal void OnTakeover() => Interlocked.Increment(ref _takeovers);

    internal void OnKickUnanswered() => Interlocked.Increment(ref _kicksUnanswered);

    internal void OnEvicted() => Interlocked.Increment(ref _evicted);
}
