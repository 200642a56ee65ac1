using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace Pusher.Core.Protocol;

/// <summary>
/// CRC-32C (Castagnoli, reflected, initial value and final xor 0xFFFFFFFF), as in iSCSI (RFC 3720, B.4) and ext4. One
/// processor instruction takes eight bytes.
/// </summary>
public static class Crc32C
{
    private const uint Initial = uint.MaxValue;

    /// <summary>The checksum of <paramref name="bytes"/>.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => ~Append(Initial, bytes);

    /// <summary>The checksum of <paramref name="bytes"/>, which may be split anywhere.</summary>
    public static uint Compute(in ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
        {
            return Compute(bytes.FirstSpan);
        }

        var state = Initial;
        foreach (var segment in bytes)
        {
            state = Append(state, segment.Span);
        }

        return ~state;
    }

    private static uint Append(uint state, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes)
        {
            state = BitOperations.Crc32C(state, b);
        }

        return state;
    }
}
