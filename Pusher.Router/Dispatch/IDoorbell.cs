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
    /// <summary>A message for the device is on its way into the store: what the ring for it has to know can be looked up meanwhile.</summary>
    void Expect(DeviceKey device)
    {
    }

    /// <summary>
    /// A new message, just stored. True when a session of the device was told, or the node that is said to hold it. What it needs of the message is copied before it
    /// returns.
    /// </summary>
    bool Ring(AppendOperation message);

    /// <summary>The stream holds messages through <paramref name="lastSeq"/>. True when a session of the device was told, or the node that is said to hold it.</summary>
    bool Ring(DeviceKey device, uint stream, ulong lastSeq);
}
