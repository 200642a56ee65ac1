using Pusher.Core.Identity;

namespace Pusher.Router.Routes;

/// <summary>Where a device is connected.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Epoch">The session epoch: grows with every login of the device, never goes back.</param>
/// <param name="SinceUnixMs">When it logged in.</param>
/// <param name="Order">Which of its client's logins that was.</param>
public readonly record struct Route(string Node, ulong Epoch, long SinceUnixMs, LoginOrder Order);
