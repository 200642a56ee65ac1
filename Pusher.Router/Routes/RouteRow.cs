using Pusher.Core.Identity;

namespace Pusher.Router.Routes;

/// <summary>What <see cref="MemoryRouteTable"/> keeps of a <see cref="Route"/>: all but the node, which is the same in every row.</summary>
internal readonly record struct RouteRow(ulong Epoch, long SinceUnixMs, LoginOrder Order);
