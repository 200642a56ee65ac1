using System.Buffers.Binary;

namespace Pusher.Core.Batches;

/// <summary>
/// Reads MessagePack in place, as much of it as batches need: array, unsigned number, string, binary, boolean, nil; everything else can be skipped. Wrong bytes are
/// a false, not an exception: they come from outside, and often when they come. After a false the place is not defined.
/// </summary>
internal ref struct PackReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>True when nothing is left.</summary>
    public readonly bool IsAtEnd => Position == _bytes.Length;

    /// <summary>Opens an array.</summary>
    public bool TryReadArray(out uint count)
    {
        count = 0;
        if (!TryTake(out var code))
        {
            return false;
        }

        if ((code & 0xf0) == Pack.FixArray)
        {
            count = code & 0x0fu;
            return true;
        }

        return code switch
        {
            Pack.Array16 => TryReadLength(2, out count),
            Pack.Array32 => TryReadLength(4, out count),
            _ => false,
        };
    }

    /// <summary>Reads a number from 0, however wide it is written.</summary>
    public bool TryReadUnsigned(out ulong value)
    {
        value = 0;
        if (!TryTake(out var code))
        {
            return false;
        }

        if (code <= Pack.PositiveFixIntMax)
        {
            value = code;
            return true;
        }

        var isSigned = code is >= Pack.Int8 and <= Pack.Int64;
        if (!isSigned && code is not (>= Pack.UInt8 and <= Pack.UInt64))
        {
            return false;
        }

        var width = 1 << (code & 3);
        return TryReadBigEndian(width, out value) && !(isSigned && value >> ((width * 8) - 1) != 0);
    }

    /// <summary>Reads a string or a binary.</summary>
    public bool TryReadBytes(out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!TryTake(out var code))
        {
            return false;
        }

        uint length;
        if ((code & 0xe0) == Pack.FixStr)
        {
            length = code & 0x1fu;
        }
        else if (LengthBytesOf(code) is var width && (width == 0 || !TryReadLength(width, out length)))
        {
            return false;
        }

        return TryTake(length, out value);
    }

    /// <summary>Reads a boolean.</summary>
    public bool TryReadBoolean(out bool value)
    {
        var isRead = TryTake(out var code);
        value = code == Pack.True;
        return isRead && code is Pack.True or Pack.False;
    }

    /// <summary>Reads a nil when one is next; else nothing.</summary>
    public bool TryReadNil()
    {
        if (IsAtEnd || _bytes[Position] != Pack.Nil)
        {
            return false;
        }

        Position++;
        return true;
    }

    /// <summary>Passes over one object, whatever it is and holds. Without recursion: the depth is the sender's choice.</summary>
    public bool TrySkip()
    {
        for (long objects = 1; objects > 0; objects--)
        {
            if (!TryTake(out var code) || !TrySkipRest(code, out var inner))
            {
                return false;
            }

            objects += inner;
        }

        return true;
    }

    private bool TrySkipRest(byte code, out long inner)
    {
        inner = 0;
        switch (code)
        {
            case <= Pack.PositiveFixIntMax or >= Pack.NegativeFixInt or Pack.Nil or Pack.True or Pack.False:
                return true;
            case < Pack.FixArray: // a map: key and value
                inner = (code & 0x0f) * 2;
                return true;
            case < Pack.FixStr:
                inner = code & 0x0f;
                return true;
            case < Pack.Nil:
                return TryTake((uint)code & 0x1f, out _);
            case Pack.Array16 or Pack.Array32 or Pack.Map16 or Pack.Map32:
                var isRead = TryReadLength((code & 1) == 0 ? 2 : 4, out var count);
                inner = code >= Pack.Map16 ? count * 2L : count;
                return isRead;
            case >= Pack.Ext8 and <= Pack.Ext32:
                return TryReadLength(1 << (code - Pack.Ext8), out var ext) && TryTake(1, out _) && TryTake(ext, out _);
            case Pack.Float32:
                return TryTake(4, out _);
            case Pack.Float64:
                return TryTake(8, out _);
            case >= Pack.UInt8 and <= Pack.Int64:
                return TryTake(1u << (code & 3), out _);
            case >= Pack.FixExt1 and <= Pack.FixExt16:
                return TryTake(1 + (1u << (code - Pack.FixExt1)), out _);
            default:
                return LengthBytesOf(code) is > 0 and var width && TryReadLength(width, out var length) && TryTake(length, out _);
        }
    }

    private static int LengthBytesOf(byte code) => code switch
    {
        Pack.Bin8 or Pack.Str8 => 1,
        Pack.Bin16 or Pack.Str16 => 2,
        Pack.Bin32 or Pack.Str32 => 4,
        _ => 0,
    };

    private bool TryReadLength(int width, out uint length)
    {
        var isRead = TryReadBigEndian(width, out var value);
        length = (uint)value;
        return isRead;
    }

    private bool TryReadBigEndian(int width, out ulong value)
    {
        value = 0;
        if (!TryTake((uint)width, out var bytes))
        {
            return false;
        }

        value = width switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes),
            4 => BinaryPrimitives.ReadUInt32BigEndian(bytes),
            _ => BinaryPrimitives.ReadUInt64BigEndian(bytes),
        };
        return true;
    }

    private bool TryTake(out byte value)
    {
        if (IsAtEnd)
        {
            value = 0;
            return false;
        }

        value = _bytes[Position++];
        return true;
    }

    private bool TryTake(uint length, out ReadOnlySpan<byte> value)
    {
        if (length > (uint)(_bytes.Length - Position))
        {
            value = default;
            return false;
        }

        value = _bytes.Slice(Position, (int)length);
        Position += (int)length;
        return true;
    }
}
