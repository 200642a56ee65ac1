using Pusher.Core.Identity;

namespace Pusher.Router.Dispatch;

/// <summary>Whether a device is connected, for the publisher's information only: no decision hangs on it.</summary>
/// <remarks>Threading: any thread; called once per publish, so it must not block or allocate.</remarks>
public interface IPresence
{
    /// <summary>True when the device has a session now; null when that is not known without asking elsewhere.</summary>
    /// <param name="device">The device.</param>
    /// <param name="lastSeenUnixMs">When it was heard of last, Unix milliseconds; 0 when not known.</param>
    bool? IsOnline(DeviceKey device, out long lastSeenUnixMs);
}
