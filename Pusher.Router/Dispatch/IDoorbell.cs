using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Router.Dispatch;

/// <summary>
/// Tells a device's session that something is stored for it. A ring may be lost; the letter is in the store and the
/// sweeper rings again.
/// </summary>
/// <remarks>Threading: any thread; must be quick and must not throw.</remarks>
public interface IDoorbell
{
    /// <summary>A new message, just stored. True when a session of the device is on this node (and was told).</summary>
    bool Ring(DeviceKey device, StoredMessage message);

    /// <summary>The stream holds messages through <paramref name="lastSeq"/>. True when a session of the device is on this node.</summary>
    bool Ring(DeviceKey device, uint stream, ulong lastSeq);
}
