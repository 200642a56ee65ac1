using Pusher.Core.Credentials;

namespace Pusher.Router.Credentials;

/// <summary>What nodes share of a device's credentials.</summary>
/// <param name="Key">The hash of its key.</param>
/// <param name="Store">The store it stands in; null when nobody said.</param>
public readonly record struct SharedCredential(StoredKey Key, string? Store)
{
    /// <summary>Never the key.</summary>
    public override string ToString() => "credential";
}
