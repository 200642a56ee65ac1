using System.Buffers.Binary;

namespace Pusher.Core.Protocol;

/// <summary>
/// Walks the extensions at the end of a HELLO, CHALLENGE, PROOF or WELCOME: <c>u16 type, u16 length, bytes</c> each. Types that
/// the reader does not know are to be skipped.
/// </summary>
public ref struct TlvReader(ReadOnlySpan<byte> bytes)
{
    internal const int HeadSize = 4;

    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>True when everything was read; false behind the last <see cref="TryRead"/> means that a TLV is cut off.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>The next one; false at the end, or when it is cut off.</summary>
    public bool TryRead(out ushort type, out ReadOnlySpan<byte> value)
    {
        type = 0;
        value = default;
        if (_rest.Length < HeadSize)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]);
        if (_rest.Length - HeadSize < length)
        {
            return false;
        }

        type = BinaryPrimitives.ReadUInt16BigEndian(_rest);
        value = _rest.Slice(HeadSize, length);
        _rest = _rest[(HeadSize + length)..];
        return true;
    }
}
