using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Pusher.Router.Bus;

namespace Pusher.Router.Cluster;

/// <summary>The way to the other nodes: an outbox for each, and one for all.</summary>
/// <remarks>Threading: any thread. An outbox is made for a node when it is first written to, and stays.</remarks>
internal sealed class ClusterSender(IClusterBus bus, ClusterOptions options, ClusterCounters counters, ILogger log)
{
    private readonly ConcurrentDictionary<string, NodeOutbox> _outboxes = new();
    private readonly NodeOutbox _all = new(ClusterSubject.OfAll(options.Site), bus, options, counters, log);

    /// <summary>Tells one node. False when the entry was dropped.</summary>
    public bool Send<TEntry>(string node, in TEntry entry)
        where TEntry : struct, IEnvelopeEntry
        => OutboxOf(node).Add(in entry);

    /// <summary>Tells every node, this one included.</summary>
    public bool SendToAll<TEntry>(in TEntry entry)
        where TEntry : struct, IEnvelopeEntry
        => _all.Add(in entry);

    private NodeOutbox OutboxOf(string node)
        => _outboxes.TryGetValue(node, out var outbox)
            ? outbox
            : _outboxes.GetOrAdd(node, n => new NodeOutbox(ClusterSubject.OfNode(options.Site, n), bus, options, counters, log));
}
