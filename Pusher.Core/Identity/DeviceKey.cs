namespace Pusher.Core.Identity;

/// <summary>Who a device is: its tenant and its name within the tenant. Both are legal by <see cref="Identifier"/>.</summary>
public readonly record struct DeviceKey(string Tenant, string Device)
{
    /// <summary><c>tenant/device</c>, as logs and the command line write it.</summary>
    public override string ToString() => $"{Tenant}/{Device}";

    /// <summary>A hash for tables of this process; another one in each.</summary>
    public override int GetHashCode() => Tenant is null ? 0 : NameHash.Of(Tenant, Device); // default has no names

    /// <summary>Parses <c>tenant/device</c>; false when either part is not a legal identifier.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DeviceKey key)
    {
        var slash = text.IndexOf('/');
        if (slash > 0 && Identifier.IsValid(text[..slash]) && Identifier.IsValid(text[(slash + 1)..]))
        {
            key = new DeviceKey(text[..slash].ToString(), text[(slash + 1)..].ToString());
            return true;
        }

        key = default;
        return false;
    }
}
