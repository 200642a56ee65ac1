using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Pusher.Core.Credentials;

/// <summary>
/// What the server keeps of a device's key: its SHA-256, 32 bytes inline. It checks a login and cannot make one.
/// Compare in fixed time, not with this type's equality, wherever a peer can measure.
/// </summary>
[InlineArray(Length)]
public struct StoredKey : IEquatable<StoredKey>
{
    /// <summary>Bytes of a key and of its hash.</summary>
    public const int Length = 32;

    private byte _first;

    /// <summary>The stored form of a device's 32 random bytes.</summary>
    public static StoredKey FromHash(ReadOnlySpan<byte> hash)
    {
        var key = default(StoredKey);
        hash[..Length].CopyTo(key);
        return key;
    }

    /// <summary>Copies the 32 bytes out.</summary>
    public readonly void CopyTo(Span<byte> destination) => ((ReadOnlySpan<byte>)this).CopyTo(destination);

    /// <summary>True when both hold the same bytes.</summary>
    public readonly bool Equals(StoredKey other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is StoredKey other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => BinaryPrimitives.ReadInt32LittleEndian(this); // a hash already

    public static bool operator ==(StoredKey left, StoredKey right) => left.Equals(right);

    public static bool operator !=(StoredKey left, StoredKey right) => !left.Equals(right);
}
