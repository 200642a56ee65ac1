using System.Buffers.Binary;
using System.Buffers.Text;

namespace Pusher.Router.Stores.Redis;

/// <summary>Reads what scripts pack: big-endian integers, texts behind their length. Short input is a defect and throws.</summary>
internal ref struct AnswerReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsEmpty => _rest.IsEmpty;

    public byte ReadByte() => Take(1)[0];

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public int ReadInt24()
    {
        var bytes = Take(3);
        return (bytes[0] << 16) | (bytes[1] << 8) | bytes[2];
    }

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public ulong ReadUInt48()
    {
        ulong high = ReadUInt16();
        return (high << 32) | ReadUInt32();
    }

    /// <summary>A text of at most 255 bytes.</summary>
    public ReadOnlySpan<byte> ReadText() => Take(ReadByte());

    /// <summary>A message id in decimal; null when it is empty.</summary>
    public ulong? ReadId()
    {
        var text = ReadText();
        return text.IsEmpty ? null : ParseId(text);
    }

    public ReadOnlySpan<byte> ReadRest() => Take(_rest.Length);

    public static ulong ParseId(ReadOnlySpan<byte> text)
        => Utf8Parser.TryParse(text, out ulong id, out var used) && used == text.Length ? id : throw new FormatException("a message id in Redis is no number");

    private ReadOnlySpan<byte> Take(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
