using Pusher.Router.Cache;

namespace Pusher.Router.Routes.Redis;

/// <summary>A live node, as the cluster sees it.</summary>
/// <param name="Node">Its name, unique among live nodes.</param>
/// <param name="Incarnation">Drawn by each start of the process, greater than every earlier one; a route is valid while a lease with its incarnation lives.</param>
/// <param name="Number">Its part of message ids, unique among live nodes.</param>
/// <param name="Address">Where its devices connect, as other nodes may tell them.</param>
/// <param name="Connections">How many it holds, about.</param>
/// <param name="IsDraining">It takes no new devices.</param>
/// <param name="SinceUnixMs">When it started.</param>
/// <param name="MessagesPerSecond">How many it sends to devices, about.</param>
/// <param name="IsAskedToDrain">Somebody wants it to go down.</param>
public sealed record NodeLease(string Node, ulong Incarnation, int Number, string Address, int Connections, bool IsDraining, long SinceUnixMs, int MessagesPerSecond, bool IsAskedToDrain)
{
    /// <summary>Ends when the incarnation is found without a lease. One object for all the times that a lease was read.</summary>
    public Lifetime Lifetime { get; init; } = new();
}
