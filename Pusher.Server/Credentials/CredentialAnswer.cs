using Pusher.Core.Credentials;

namespace Pusher.Server.Credentials;

/// <summary>What a look-up of a device's key brought.</summary>
/// <param name="Key">The stored key; null when there is none, or none is known.</param>
/// <param name="IsCurrent">False when it could not be asked for: what is here is what this node remembers.</param>
public sealed record CredentialAnswer(StoredKey? Key, bool IsCurrent);
