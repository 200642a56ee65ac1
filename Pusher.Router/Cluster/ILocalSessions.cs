using Pusher.Core.Identity;

namespace Pusher.Router.Cluster;

/// <summary>The sessions of this node, as far as other nodes have a say in them.</summary>
/// <remarks>Threading: any thread; must not block and must not throw.</remarks>
public interface ILocalSessions
{
    /// <summary>
    /// Ends the device's session on this node as replaced, if its epoch is below <paramref name="epoch"/>. Completes when it has ended and what it
    /// acknowledged is in the store, or the node gave up waiting for that; at once when there is none. True when there was one.
    /// </summary>
    ValueTask<bool> EvictAsync(DeviceKey device, ulong epoch);
}
