using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Pusher.Server.Http;

/// <summary>Compares bearer tokens in a time that tells nothing: hash against hash, so that not even the length shows.</summary>
internal sealed class BearerToken(string? token)
{
    private const string Scheme = "Bearer ";

    private readonly byte[]? _hash = token is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>True when the request carries the token, or none is asked for.</summary>
    public bool Admits(HttpRequest request)
    {
        if (_hash is null)
        {
            return true;
        }

        var header = request.Headers.Authorization;
        if (header.Count != 1 || header[0] is not { } value || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var given = SHA256.HashData(Encoding.UTF8.GetBytes(value[Scheme.Length..].Trim()));
        return CryptographicOperations.FixedTimeEquals(given, _hash);
    }
}
