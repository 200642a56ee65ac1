using Pusher.Router.Dispatch;

namespace Pusher.Router.Cluster;

/// <summary>This node's own part of what a cluster does together.</summary>
/// <param name="Doorbell">Rings for its sessions.</param>
/// <param name="Presence">Knows its sessions.</param>
/// <param name="Unstored">Hands QoS 0 to its sessions.</param>
/// <param name="Sessions">Ends its sessions.</param>
/// <param name="Members">Knows the groups of its sessions.</param>
public sealed record LocalNode(ILocalDoorbell Doorbell, IPresence Presence, IUnstoredDelivery Unstored, ILocalSessions Sessions, ILocalMembers Members);
