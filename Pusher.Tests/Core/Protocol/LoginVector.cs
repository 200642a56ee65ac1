namespace Pusher.Tests.Core.Protocol;

/// <summary>A login of docs/protocol-vectors.json. Rejected ones have no key.</summary>
public sealed record LoginVector(
    string Name,
    string Tenant,
    string Device,
    string? Key,
    string StoredKey,
    string ClientNonce,
    string ServerNonce,
    string Proof,
    bool Accepted)
{
    public override string ToString() => Name;
}
