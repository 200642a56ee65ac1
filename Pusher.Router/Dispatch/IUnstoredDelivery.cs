using Pusher.Core.Buffers;
using Pusher.Core.Identity;

namespace Pusher.Router.Dispatch;

/// <summary>Hands QoS 0 messages to the sessions of this node. What cannot be handed over now is dropped and counted.</summary>
/// <remarks>Threading: any thread; must be quick, must not throw and must not allocate in the steady state. The lease stays the caller's.</remarks>
public interface IUnstoredDelivery
{
    /// <summary>To one device, if it is online.</summary>
    UnstoredReach ToDevice(DeviceKey device, in FrameLease frame);

    /// <summary>To every device of a tenant that is online.</summary>
    UnstoredReach ToTenant(string tenant, in FrameLease frame);
}
