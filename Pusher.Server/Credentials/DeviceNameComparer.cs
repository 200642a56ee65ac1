using System.Text;
using Pusher.Core.Identity;

namespace Pusher.Server.Credentials;

/// <summary>Compares devices by their strings and by the bytes they came in as, so that a lookup by bytes makes no string.</summary>
internal sealed class DeviceNameComparer : IEqualityComparer<DeviceKey>, IAlternateEqualityComparer<DeviceName, DeviceKey>
{
    public static DeviceNameComparer Instance { get; } = new();

    public bool Equals(DeviceKey x, DeviceKey y) => x == y;

    public bool Equals(DeviceName alternate, DeviceKey other)
        => Ascii.Equals(alternate.Device, other.Device) && Ascii.Equals(alternate.Tenant, other.Tenant);

    public int GetHashCode(DeviceKey device) => HashCode.Combine(string.GetHashCode(device.Tenant), string.GetHashCode(device.Device));

    public int GetHashCode(DeviceName alternate) => HashCode.Combine(HashOf(alternate.Tenant), HashOf(alternate.Device));

    public DeviceKey Create(DeviceName alternate)
        => new(Encoding.ASCII.GetString(alternate.Tenant), Encoding.ASCII.GetString(alternate.Device));

    private static int HashOf(ReadOnlySpan<byte> name)
    {
        Span<char> characters = stackalloc char[Identifier.LengthMax];
        return string.GetHashCode(characters[..Encoding.ASCII.GetChars(name, characters)]);
    }
}
