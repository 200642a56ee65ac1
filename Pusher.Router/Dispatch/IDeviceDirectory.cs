using System.Text;
using Pusher.Core.Identity;

namespace Pusher.Router.Dispatch;

/// <summary>Which devices exist. A message for another one is refused, or a typing error would fill the store.</summary>
/// <remarks>Threading: any thread; called once per publish, so it must not block or allocate.</remarks>
public interface IDeviceDirectory
{
    /// <summary>Whether the device may receive messages; null when that must be asked for.</summary>
    bool? Knows(DeviceKey device);

    /// <summary>The same, asking where it must.</summary>
    /// <exception cref="Stores.StoreUnavailableException">Nobody can say at the moment.</exception>
    ValueTask<bool> KnowsAsync(DeviceKey device, CancellationToken cancellationToken) => new(Knows(device) == true);

    /// <summary>
    /// The key of a device by its names as they came in: ASCII, at most <see cref="Identifier.LengthMax"/> bytes each. A directory that has strings of a
    /// known device gives those, so that a publish makes none.
    /// </summary>
    DeviceKey Intern(ReadOnlySpan<byte> tenant, ReadOnlySpan<byte> device) => new(Encoding.ASCII.GetString(tenant), Encoding.ASCII.GetString(device));
}
