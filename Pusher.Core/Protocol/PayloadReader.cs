using System.Buffers.Binary;
using Pusher.Core.Messages;

namespace Pusher.Core.Protocol;

/// <summary>
/// Reads the fields of a payload one behind the other; false when the bytes do not suffice.
/// <code>
/// str8 = u8 length, bytes
/// pos  = u32 stream, u64 seq
/// tlv  = u16 type, u16 length, bytes
/// </code>
/// </summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>Bytes of a pos.</summary>
    public const int PositionSize = 12;

    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>What was not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public bool TryReadBytes(int count, out ReadOnlySpan<byte> value)
    {
        if (_rest.Length < count)
        {
            value = default;
            return false;
        }

        value = _rest[..count];
        _rest = _rest[count..];
        return true;
    }

    public bool TryReadByte(out byte value)
    {
        var ok = TryReadBytes(1, out var bytes);
        value = ok ? bytes[0] : (byte)0;
        return ok;
    }

    public bool TryReadUInt16(out ushort value)
    {
        var ok = TryReadBytes(sizeof(ushort), out var bytes);
        value = ok ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : (ushort)0;
        return ok;
    }

    public bool TryReadUInt32(out uint value)
    {
        var ok = TryReadBytes(sizeof(uint), out var bytes);
        value = ok ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : 0;
        return ok;
    }

    public bool TryReadUInt64(out ulong value)
    {
        var ok = TryReadBytes(sizeof(ulong), out var bytes);
        value = ok ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : 0;
        return ok;
    }

    public bool TryReadStr8(out ReadOnlySpan<byte> value)
    {
        value = default;
        return TryReadByte(out var length) && TryReadBytes(length, out value);
    }

    /// <summary><c>u8 count, count × str8</c>; the strings as one run, to be picked from by <see cref="GetStr8"/>.</summary>
    public bool TryReadStr8List(int countMax, out int count, out ReadOnlySpan<byte> run)
    {
        run = default;
        if (!TryReadCount(countMax, out count))
        {
            return false;
        }

        var start = _rest;
        for (var i = 0; i < count; i++)
        {
            if (!TryReadStr8(out _))
            {
                return false;
            }
        }

        run = start[..^_rest.Length];
        return true;
    }

    /// <summary><c>u8 count, count × pos</c>; the positions as one run, to be picked from by <see cref="GetPosition"/>.</summary>
    public bool TryReadPositions(int countMax, out int count, out ReadOnlySpan<byte> run)
    {
        run = default;
        return TryReadCount(countMax, out count) && TryReadBytes(count * PositionSize, out run);
    }

    /// <summary>TLVs to the end of the payload; false when the last one is cut off.</summary>
    public bool TryReadExtensions(out ReadOnlySpan<byte> extensions)
    {
        extensions = _rest;
        var reader = new TlvReader(_rest);
        while (reader.TryRead(out _, out _))
        {
        }

        return reader.AtEnd;
    }

    /// <summary>The string number <paramref name="index"/> of a run; an index outside of it throws.</summary>
    public static ReadOnlySpan<byte> GetStr8(ReadOnlySpan<byte> run, int index)
    {
        for (; index > 0; index--)
        {
            run = run[(1 + run[0])..];
        }

        return run.Slice(1, run[0]);
    }

    /// <summary>The position number <paramref name="index"/> of a run; an index outside of it throws.</summary>
    public static StreamPosition GetPosition(ReadOnlySpan<byte> run, int index)
    {
        var bytes = run.Slice(index * PositionSize, PositionSize);
        return new StreamPosition(BinaryPrimitives.ReadUInt32BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[4..]));
    }

    private bool TryReadCount(int countMax, out int count)
    {
        var ok = TryReadByte(out var value);
        count = value;
        return ok && count <= countMax;
    }
}
