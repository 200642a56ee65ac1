using Pusher.Core.Identity;

namespace Pusher.Router.Dispatch;

/// <summary>Which devices exist. A message for another one is refused, or a typing error would fill the store.</summary>
/// <remarks>Threading: any thread; called once per publish, so it must not block or allocate.</remarks>
public interface IDeviceDirectory
{
    /// <summary>True when the device may receive messages.</summary>
    bool Knows(DeviceKey device);
}
