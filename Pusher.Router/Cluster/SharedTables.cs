using Pusher.Router.Cache;
using Pusher.Router.Routes;

namespace Pusher.Router.Cluster;

/// <summary>What the nodes of a site share besides their bus.</summary>
/// <param name="Routes">Which node holds a device.</param>
/// <param name="Groups">Which nodes hold devices of a group.</param>
/// <param name="LifetimeOf">What ends with the lease of a live node, by its name; null for one that is not known to be alive.</param>
public sealed record SharedTables(IRouteTable Routes, IGroupTable Groups, Func<string, Lifetime?> LifetimeOf);
