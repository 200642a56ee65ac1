using Pusher.Core.Identity;
using Pusher.Router.Dispatch;

namespace Pusher.Tests.Support;

/// <summary>A directory of a few devices.</summary>
public sealed class FixedDirectory(params DeviceKey[] devices) : IDeviceDirectory
{
    public bool? Knows(DeviceKey device) => devices.Contains(device);
}
