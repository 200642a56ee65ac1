using System.Security.Cryptography;
using System.Text;
using Pusher.Core.Identity;

namespace Pusher.Core.Protocol;

/// <summary>
/// Proves a device's key without sending it, so that neither a recording of the login nor the server's credentials alone can
/// log in (the idea of SCRAM, RFC 5802, section 3, for keys that are random already and so need no salt or iteration).
/// <code>
/// key     = 32 random bytes, on the device
/// stored  = SHA256(key), on the server
/// message = "pusher-login-v1" 0x00 | str8 tenant | str8 device | 16 B client nonce | 32 B server nonce
/// proof   = key XOR HMAC-SHA256(stored, message)
/// check   : SHA256(proof XOR HMAC-SHA256(stored, message)) == stored
/// </code>
/// Who has both the stored value and a recording of a login has the key; so TLS where the network is not trusted, and new keys
/// after a credentials file got away.
/// </summary>
public static class LoginProof
{
    private const int MessageBytesMax = 16 + (2 * (1 + Identifier.LengthMax)) + ProtocolLimits.ClientNonceBytes + ProtocolLimits.ServerNonceBytes;

    private static ReadOnlySpan<byte> Context => "pusher-login-v1\0"u8;

    /// <summary>What the server keeps of a key. Both are <see cref="ProtocolLimits.KeyBytes"/> long.</summary>
    public static void StoredKey(ReadOnlySpan<byte> key, Span<byte> stored)
    {
        RequireLength(key, ProtocolLimits.KeyBytes, nameof(key));
        SHA256.HashData(key, stored);
    }

    /// <summary>The device's side: fills <paramref name="proof"/>, <see cref="ProtocolLimits.KeyBytes"/> long.</summary>
    public static void Compute(
        ReadOnlySpan<byte> key,
        string tenant,
        string device,
        ReadOnlySpan<byte> clientNonce,
        ReadOnlySpan<byte> serverNonce,
        Span<byte> proof)
    {
        RequireLength(proof, ProtocolLimits.KeyBytes, nameof(proof));
        Span<byte> stored = stackalloc byte[ProtocolLimits.KeyBytes];
        Span<byte> names = stackalloc byte[2 * Identifier.LengthMax];
        StoredKey(key, stored);
        Str8.Measure(tenant, Identifier.LengthMax, nameof(tenant));
        Str8.Measure(device, Identifier.LengthMax, nameof(device));
        var tenantBytes = Encoding.UTF8.GetBytes(tenant, names);
        var deviceBytes = Encoding.UTF8.GetBytes(device, names[tenantBytes..]);
        Mask(stored, names[..tenantBytes], names.Slice(tenantBytes, deviceBytes), clientNonce, serverNonce, proof);
        Xor(key, proof);
    }

    /// <summary>
    /// The server's side. Names must be legal by <see cref="Identifier"/> already. For an unknown device call it with a random
    /// stored key and ignore the answer, so that it takes the same time.
    /// </summary>
    public static bool Verify(
        ReadOnlySpan<byte> storedKey,
        ReadOnlySpan<byte> tenant,
        ReadOnlySpan<byte> device,
        ReadOnlySpan<byte> clientNonce,
        ReadOnlySpan<byte> serverNonce,
        ReadOnlySpan<byte> proof)
    {
        RequireLength(storedKey, ProtocolLimits.KeyBytes, nameof(storedKey));
        RequireLength(proof, ProtocolLimits.KeyBytes, nameof(proof));
        Span<byte> key = stackalloc byte[ProtocolLimits.KeyBytes];
        Span<byte> stored = stackalloc byte[ProtocolLimits.KeyBytes];
        Mask(storedKey, tenant, device, clientNonce, serverNonce, key);
        Xor(proof, key);
        SHA256.HashData(key, stored);
        CryptographicOperations.ZeroMemory(key);
        return CryptographicOperations.FixedTimeEquals(stored, storedKey);
    }

    private static void Mask(
        ReadOnlySpan<byte> stored,
        ReadOnlySpan<byte> tenant,
        ReadOnlySpan<byte> device,
        ReadOnlySpan<byte> clientNonce,
        ReadOnlySpan<byte> serverNonce,
        Span<byte> mask)
    {
        RequireLength(clientNonce, ProtocolLimits.ClientNonceBytes, nameof(clientNonce));
        RequireLength(serverNonce, ProtocolLimits.ServerNonceBytes, nameof(serverNonce));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tenant.Length, Identifier.LengthMax);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(device.Length, Identifier.LengthMax);
        Span<byte> message = stackalloc byte[MessageBytesMax];
        var length = 0;
        Append(message, ref length, Context);
        message[length++] = (byte)tenant.Length;
        Append(message, ref length, tenant);
        message[length++] = (byte)device.Length;
        Append(message, ref length, device);
        Append(message, ref length, clientNonce);
        Append(message, ref length, serverNonce);
        HMACSHA256.HashData(stored, message[..length], mask);
    }

    private static void Append(Span<byte> message, ref int length, ReadOnlySpan<byte> part)
    {
        part.CopyTo(message[length..]);
        length += part.Length;
    }

    private static void Xor(ReadOnlySpan<byte> with, Span<byte> target)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] ^= with[i];
        }
    }

    private static void RequireLength(ReadOnlySpan<byte> value, int expected, string name)
    {
        if (value.Length != expected)
        {
            throw new ArgumentException($"{name} has {value.Length} bytes; it needs {expected}.", name);
        }
    }
}
