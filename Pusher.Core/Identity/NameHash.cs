using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pusher.Core.Identity;

/// <summary>
/// A hash of names for tables of this process. Names are short, and looked up several times for each message: 16 bytes a multiplication, by the scheme of
/// wyhash (https://github.com/wangyi-fudan/wyhash), where the platform's hash of strings mixes 4 bytes a round. Its secrets are drawn by each process, so
/// nobody outside can make names that fall together.
/// </summary>
internal static class NameHash
{
    private static readonly ulong First = Secret();
    private static readonly ulong Second = Secret();

    /// <summary>The hash of two names, in this order; where one ends and the other begins counts.</summary>
    public static int Of(string one, string other)
    {
        var hash = Add(Add(Second, one), other);
        return (int)(hash ^ (hash >> 32));
    }

    private static ulong Add(ulong hash, string name)
    {
        var bytes = MemoryMarshal.AsBytes(name.AsSpan());
        hash ^= (ulong)bytes.Length * First; // before the bytes: names are told apart by their lengths as well
        while (bytes.Length > 2 * sizeof(ulong))
        {
            hash = Mix(Word(bytes) ^ First, Word(bytes[sizeof(ulong)..]) ^ hash);
            bytes = bytes[(2 * sizeof(ulong))..];
        }

        return bytes.Length switch
        {
            // The two words overlap when the rest is shorter than both.
            >= sizeof(ulong) => Mix(Word(bytes) ^ First, Word(bytes[^sizeof(ulong)..]) ^ hash),
            >= sizeof(uint) => Mix(Half(bytes) ^ First, Half(bytes[^sizeof(uint)..]) ^ hash),
            > 0 => Mix(MemoryMarshal.Read<char>(bytes) ^ First, hash),
            _ => hash,
        };
    }

    private static ulong Mix(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    private static ulong Word(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<ulong>(bytes);

    private static ulong Half(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<uint>(bytes);

    private static ulong Secret()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return MemoryMarshal.Read<ulong>(bytes) | 1;
    }
}
