using Pusher.Core.Identity;
using Pusher.Router.Routes;

namespace Pusher.Router.Cluster;

/// <summary>What a login of this node means to the other nodes.</summary>
/// <remarks>Threading: any thread.</remarks>
public interface ITakeover
{
    /// <summary>
    /// A device was claimed and is in the directory; its streams are not read yet. Tells the other nodes, and completes when the session that was
    /// replaced on another node has ended, or did not in time: then its epoch fences it. Never fails.
    /// </summary>
    ValueTask ClaimedAsync(DeviceKey device, RouteClaim claim);

    /// <summary>
    /// True when a newer login elsewhere has told this node already to end sessions below its epoch: a kick may be quicker than the login it is for. To be
    /// asked after the session has entered the directory.
    /// </summary>
    bool IsFenced(DeviceKey device, ulong epoch);
}
