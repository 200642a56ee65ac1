using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Core.Protocol;

/// <summary>
/// Writes one frame whose payload length is known beforehand: one GetSpan, the fields one behind the other, one Advance.
/// </summary>
internal ref struct FrameBuilder
{
    private readonly IBufferWriter<byte> _output;
    private readonly Span<byte> _frame;
    private readonly bool _checksummed;
    private int _position;

    public FrameBuilder(IBufferWriter<byte> output, FrameFlags flags, FrameType type, int payloadLength)
    {
        _output = output;
        _checksummed = (flags & FrameFlags.Checksum) != 0;
        var length = payloadLength + (_checksummed ? FrameHeader.TrailerSize : 0);
        _frame = output.GetSpan(FrameHeader.Size + length)[..(FrameHeader.Size + length)];
        _frame[0] = FrameHeader.Magic;
        _frame[1] = FrameHeader.VersionCurrent;
        _frame[2] = (byte)flags;
        _frame[3] = (byte)type;
        BinaryPrimitives.WriteUInt32BigEndian(_frame[4..], (uint)length);
        _position = FrameHeader.Size;
    }

    public void Byte(byte value) => _frame[_position++] = value;

    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(sizeof(ushort)), value);

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(sizeof(uint)), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(sizeof(ulong)), value);

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    /// <summary>A str8 whose length in bytes was computed for the payload length already.</summary>
    public void Str8(ReadOnlySpan<char> value, int byteCount)
    {
        Byte((byte)byteCount);
        Encoding.UTF8.GetBytes(value, Take(byteCount));
    }

    /// <summary>A str8 that was checked for its length.</summary>
    public void Str8(ReadOnlySpan<char> value)
    {
        var count = Encoding.UTF8.GetBytes(value, _frame[(_position + 1)..]);
        Byte((byte)count);
        _position += count;
    }

    public void Position(StreamPosition value)
    {
        UInt32(value.Stream);
        UInt64(value.Seq);
    }

    public void Attempt(LoginOrder value)
    {
        UInt16(TlvType.Attempt);
        UInt16(ProtocolLimits.AttemptBytes);
        UInt64(value.Instance);
        UInt32(value.Attempt);
    }

    /// <summary>Adds the trailer when the frame has one, and hands the bytes to the output.</summary>
    public void Complete()
    {
        if (_checksummed)
        {
            UInt32(Crc32C.Compute(_frame[.._position]));
        }

        // The payload length was computed apart from the fields: a difference would desynchronize the whole connection.
        if (_position != _frame.Length)
        {
            ThrowIncomplete(_position, _frame.Length);
        }

        _output.Advance(_position);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowIncomplete(int written, int expected)
        => throw new InvalidOperationException($"A frame of {expected} bytes was written with {written}.");

    private Span<byte> Take(int count)
    {
        var span = _frame.Slice(_position, count);
        _position += count;
        return span;
    }
}
