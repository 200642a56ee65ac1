namespace Pusher.Bench.Servers.Nodes;

/// <summary>What publishers handed to a node and what it answered.</summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class NodeCounts
{
    private long _published;
    private long _accepted;
    private long _refused;

    public void Published() => Interlocked.Increment(ref _published);

    public void Accepted(int deliveries) => Interlocked.Add(ref _accepted, deliveries);

    public void Refused() => Interlocked.Increment(ref _refused);

    /// <summary>A node's acknowledgements and logins are in its own meters, not here.</summary>
    public ServerCounts Read() => new(0, Interlocked.Read(ref _published), Interlocked.Read(ref _accepted), 0, Interlocked.Read(ref _refused));
}
