using System.Buffers;
using System.Buffers.Binary;

namespace Pusher.Cli.Load.Checking;

/// <summary>
/// What the checker needs, in front of every payload; the rest is filling.
/// <code>
/// u32 "LOAD" | u64 run | u16 publisher | u32 device | u64 counter | u64 due at
/// </code>
/// <c>due at</c> is a time stamp of <see cref="System.Diagnostics.Stopwatch"/>: CLOCK_MONOTONIC, one clock for all processes of a machine.
/// </summary>
internal readonly record struct LoadPayload(ulong Run, int Publisher, int Device, long Counter, long DueAt)
{
    /// <summary>Bytes, and so the smallest payload.</summary>
    public const int Size = 4 + 8 + 2 + 4 + 8 + 8;

    /// <summary>The device of a message to all.</summary>
    public const int AllDevices = -1;

    private const uint Magic = 0x4C4F4144;

    /// <summary>Writes the first <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> payload)
    {
        BinaryPrimitives.WriteUInt32BigEndian(payload, Magic);
        BinaryPrimitives.WriteUInt64BigEndian(payload[4..], Run);
        BinaryPrimitives.WriteUInt16BigEndian(payload[12..], (ushort)Publisher);
        BinaryPrimitives.WriteUInt32BigEndian(payload[14..], (uint)Device);
        BinaryPrimitives.WriteUInt64BigEndian(payload[18..], (ulong)Counter);
        BinaryPrimitives.WriteUInt64BigEndian(payload[26..], (ulong)DueAt);
    }

    /// <summary>False when it is no payload of a load run.</summary>
    public static bool TryRead(in ReadOnlySequence<byte> payload, out LoadPayload value)
    {
        value = default;
        if (payload.Length < Size)
        {
            return false;
        }

        if (payload.FirstSpan.Length >= Size)
        {
            return TryRead(payload.FirstSpan, out value);
        }

        Span<byte> bytes = stackalloc byte[Size];
        payload.Slice(0, Size).CopyTo(bytes);
        return TryRead(bytes, out value);
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, out LoadPayload value)
    {
        value = new LoadPayload(
            BinaryPrimitives.ReadUInt64BigEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt16BigEndian(bytes[12..]),
            (int)BinaryPrimitives.ReadUInt32BigEndian(bytes[14..]),
            (long)BinaryPrimitives.ReadUInt64BigEndian(bytes[18..]),
            (long)BinaryPrimitives.ReadUInt64BigEndian(bytes[26..]));
        return BinaryPrimitives.ReadUInt32BigEndian(bytes) == Magic;
    }
}
