using System.Text;
using Pusher.Core.Identity;

namespace Pusher.Router.Dispatch;

/// <summary>Which devices exist. A message for another one is refused, or a typing error would fill the store.</summary>
/// <remarks>Threading: any thread; called once per publish, so it must not block or allocate.</remarks>
public interface IDeviceDirectory
{
    /// <summary>True when the device may receive messages.</summary>
    bool Knows(DeviceKey device);

    /// <summary>
    /// The key of a device by its names as they came in: ASCII, at most <see cref="Identifier.LengthMax"/> bytes each. A directory that has strings of a
    /// known device gives those, so that a publish makes none.
    /// </summary>
    DeviceKey Intern(ReadOnlySpan<byte> tenant, ReadOnlySpan<byte> device) => new(Encoding.ASCII.GetString(tenant), Encoding.ASCII.GetString(device));
}
