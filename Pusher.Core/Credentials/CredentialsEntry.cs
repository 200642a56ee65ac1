using Pusher.Core.Identity;

namespace Pusher.Core.Credentials;

/// <summary>One device of a credentials file.</summary>
/// <param name="Device">The device.</param>
/// <param name="Key">What is stored of its key.</param>
/// <param name="Store">The store it stands in; null when the file does not say.</param>
/// <param name="Comment">What stands behind <c>#</c>; null when nothing does.</param>
public sealed record CredentialsEntry(DeviceKey Device, StoredKey Key, string? Store, string? Comment);
