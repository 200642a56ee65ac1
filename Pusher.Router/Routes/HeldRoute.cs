using Pusher.Core.Identity;

namespace Pusher.Router.Routes;

/// <summary>A route that a node says it has: one of its sessions.</summary>
/// <param name="Device">The device.</param>
/// <param name="Epoch">The session's epoch.</param>
/// <param name="Order">Which of its client's logins that was.</param>
public readonly record struct HeldRoute(DeviceKey Device, ulong Epoch, LoginOrder Order);
