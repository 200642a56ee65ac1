namespace Pusher.Server.Credentials;

/// <summary>A device's names as they came in: ASCII bytes, at most <see cref="Core.Identity.Identifier.LengthMax"/> each.</summary>
internal readonly ref struct DeviceName(ReadOnlySpan<byte> tenant, ReadOnlySpan<byte> device)
{
    public ReadOnlySpan<byte> Tenant { get; } = tenant;

    public ReadOnlySpan<byte> Device { get; } = device;
}
