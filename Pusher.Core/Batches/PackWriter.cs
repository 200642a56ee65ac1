using System.Buffers.Binary;

namespace Pusher.Core.Batches;

/// <summary>Writes MessagePack into a span that is large enough, each object in its shortest form.</summary>
internal ref struct PackWriter(Span<byte> buffer)
{
    /// <summary>The most that a number, or what stands in front of a string, a binary or an array, takes; bytes.</summary>
    public const int HeadBytesMax = 9;

    private readonly Span<byte> _buffer = buffer;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    public void WriteArray(int count)
    {
        if (count < 16)
        {
            _buffer[Length++] = (byte)(Pack.FixArray | count);
        }
        else
        {
            WriteHead(Pack.Array16, 2, (uint)count);
        }
    }

    public void Write(ulong value)
    {
        switch (value)
        {
            case <= Pack.PositiveFixIntMax:
                _buffer[Length++] = (byte)value;
                break;
            case <= byte.MaxValue:
                WriteHead(Pack.UInt8, 1, value);
                break;
            case <= ushort.MaxValue:
                WriteHead(Pack.UInt16, 2, value);
                break;
            case <= uint.MaxValue:
                WriteHead(Pack.UInt32, 4, value);
                break;
            default:
                WriteHead(Pack.UInt64, 8, value);
                break;
        }
    }

    public void Write(bool value) => _buffer[Length++] = value ? Pack.True : Pack.False;

    public void WriteNil() => _buffer[Length++] = Pack.Nil;

    /// <summary>Writes a number, 0 or more, or nil for none.</summary>
    public void WriteOrNil(long? value)
    {
        if (value is { } number)
        {
            Write((ulong)number);
        }
        else
        {
            WriteNil();
        }
    }

    /// <summary>Writes a string of less than 65,536 bytes.</summary>
    public void WriteText(scoped ReadOnlySpan<byte> utf8)
    {
        switch (utf8.Length)
        {
            case < 32:
                _buffer[Length++] = (byte)(Pack.FixStr | utf8.Length);
                break;
            case <= byte.MaxValue:
                WriteHead(Pack.Str8, 1, (uint)utf8.Length);
                break;
            default:
                WriteHead(Pack.Str16, 2, (uint)utf8.Length);
                break;
        }

        Append(utf8);
    }

    public void WriteBinary(scoped ReadOnlySpan<byte> bytes)
    {
        switch (bytes.Length)
        {
            case <= byte.MaxValue:
                WriteHead(Pack.Bin8, 1, (uint)bytes.Length);
                break;
            case <= ushort.MaxValue:
                WriteHead(Pack.Bin16, 2, (uint)bytes.Length);
                break;
            default:
                WriteHead(Pack.Bin32, 4, (uint)bytes.Length);
                break;
        }

        Append(bytes);
    }

    private void Append(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer[Length..]);
        Length += bytes.Length;
    }

    private void WriteHead(byte code, int width, ulong value)
    {
        var to = _buffer[Length..];
        to[0] = code;
        switch (width)
        {
            case 1:
                to[1] = (byte)value;
                break;
            case 2:
                BinaryPrimitives.WriteUInt16BigEndian(to[1..], (ushort)value);
                break;
            case 4:
                BinaryPrimitives.WriteUInt32BigEndian(to[1..], (uint)value);
                break;
            default:
                BinaryPrimitives.WriteUInt64BigEndian(to[1..], value);
                break;
        }

        Length += 1 + width;
    }
}
