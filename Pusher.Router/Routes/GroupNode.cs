using Pusher.Router.Cache;

namespace Pusher.Router.Routes;

/// <summary>A node that holds devices of a group.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Members">How many, when it last told.</param>
/// <param name="Lifetime">Ends with the node's lease; null = there are no leases.</param>
public readonly record struct GroupNode(string Node, int Members, Lifetime? Lifetime);
