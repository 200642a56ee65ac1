using Pusher.Core.Identity;
using Pusher.Router.Stores;

namespace Pusher.Router.Dispatch;

/// <summary>
/// Tells a device's session that something is stored for it. A ring may be lost; the letter is in the store and the
/// sweeper rings again.
/// </summary>
/// <remarks>Threading: any thread; must be quick and must not throw.</remarks>
public interface IDoorbell
{
    /// <summary>A new message, just stored. True when a session of the device is on this node (and was told). What it needs of the message is copied before it returns.</summary>
    bool Ring(AppendOperation message);

    /// <summary>The stream holds messages through <paramref name="lastSeq"/>. True when a session of the device is on this node.</summary>
    bool Ring(DeviceKey device, uint stream, ulong lastSeq);
}
