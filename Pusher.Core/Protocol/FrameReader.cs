using System.Buffers;
using System.Buffers.Binary;

namespace Pusher.Core.Protocol;

/// <summary>
/// Cuts frames out of received bytes, in place.
/// <code>
/// frame   = header payload [trailer]
/// header  = 0xD7 version flags type length      ; length = u32 of payload and trailer
/// trailer = u32 CRC32C of header and payload    ; iff flags has 0x80
/// </code>
/// A frame is refused by the first byte that cannot belong to a legal one: magic, version, unknown critical flag, a length over
/// the limit (seen from its leading bytes alone), so nothing is ever buffered or allocated for a declared length over the limit.
/// </summary>
public static class FrameReader
{
    /// <summary>Reads one frame.</summary>
    /// <param name="buffer">The bytes received; advanced past the frame when there is one, else left alone.</param>
    /// <param name="payloadBytesMax">The limit of the connection's state, in bytes without trailer.</param>
    /// <param name="header">The header, when there is a frame.</param>
    /// <param name="payload">The payload, a slice of <paramref name="buffer"/>, when there is a frame.</param>
    /// <param name="error">
    /// <see cref="CloseReason.BadFrame"/>, <see cref="CloseReason.UnsupportedVersion"/> or <see cref="CloseReason.TooLarge"/>
    /// when the bytes are invalid, else <see cref="CloseReason.None"/>.
    /// </param>
    public static FrameReadStatus TryRead(
        ref ReadOnlySequence<byte> buffer,
        int payloadBytesMax,
        out FrameHeader header,
        out ReadOnlySequence<byte> payload,
        out CloseReason error)
    {
        payload = default;
        var first = buffer.FirstSpan;
        if (first.Length >= FrameHeader.Size)
        {
            error = ParseHeader(first[..FrameHeader.Size], payloadBytesMax, out header);
        }
        else
        {
            var available = (int)Math.Min(buffer.Length, FrameHeader.Size);
            Span<byte> bytes = stackalloc byte[FrameHeader.Size];
            bytes.Clear();
            buffer.Slice(0, available).CopyTo(bytes);
            if (available < FrameHeader.Size)
            {
                header = default;
                error = CheckPartialHeader(bytes, available, payloadBytesMax);
                return error == CloseReason.None ? FrameReadStatus.NeedMore : FrameReadStatus.Invalid;
            }

            error = ParseHeader(bytes, payloadBytesMax, out header);
        }

        return error == CloseReason.None ? ReadBody(ref buffer, ref header, out payload, out error) : FrameReadStatus.Invalid;
    }

    private static FrameReadStatus ReadBody(
        ref ReadOnlySequence<byte> buffer,
        ref FrameHeader header,
        out ReadOnlySequence<byte> payload,
        out CloseReason error)
    {
        error = CloseReason.None;
        payload = default;
        var checksummed = (header.Flags & FrameFlags.Checksum) != 0;
        var end = (long)FrameHeader.Size + header.PayloadLength;
        if (buffer.Length < end + (checksummed ? FrameHeader.TrailerSize : 0))
        {
            header = default;
            return FrameReadStatus.NeedMore;
        }

        if (checksummed && !TrailerMatches(buffer, end))
        {
            header = default;
            error = CloseReason.BadFrame;
            return FrameReadStatus.Invalid;
        }

        payload = buffer.Slice(FrameHeader.Size, header.PayloadLength);
        buffer = buffer.Slice(checksummed ? end + FrameHeader.TrailerSize : end);
        return FrameReadStatus.Frame;
    }

    private static CloseReason ParseHeader(ReadOnlySpan<byte> bytes, int payloadBytesMax, out FrameHeader header)
    {
        header = default;
        var error = CheckFixed(bytes, FrameHeader.Size);
        if (error != CloseReason.None)
        {
            return error;
        }

        var flags = (FrameFlags)bytes[2];
        var trailer = (flags & FrameFlags.Checksum) != 0 ? FrameHeader.TrailerSize : 0;
        var payloadLength = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) - (long)trailer;
        if (payloadLength < 0)
        {
            return CloseReason.BadFrame;
        }

        if (payloadLength > payloadBytesMax)
        {
            return CloseReason.TooLarge;
        }

        header = new FrameHeader(bytes[1], flags, (FrameType)bytes[3], (int)payloadLength);
        return CloseReason.None;
    }

    /// <summary>Fewer than eight bytes came; those that did not are zero, so the length is a lower bound.</summary>
    private static CloseReason CheckPartialHeader(ReadOnlySpan<byte> bytes, int available, int payloadBytesMax)
    {
        var error = CheckFixed(bytes, available);
        if (error != CloseReason.None)
        {
            return error;
        }

        var trailer = (bytes[2] & (byte)FrameFlags.Checksum) != 0 ? FrameHeader.TrailerSize : 0;
        var lengthAtLeast = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        return lengthAtLeast - (long)trailer > payloadBytesMax ? CloseReason.TooLarge : CloseReason.None;
    }

    private static CloseReason CheckFixed(ReadOnlySpan<byte> bytes, int available)
    {
        if (available > 0 && bytes[0] != FrameHeader.Magic)
        {
            return CloseReason.BadFrame;
        }

        if (available > 1 && bytes[1] != FrameHeader.VersionCurrent)
        {
            return CloseReason.UnsupportedVersion;
        }

        const byte Unknown = FrameHeader.CriticalFlagsMask & unchecked((byte)~(byte)FrameFlags.Checksum);
        return available > 2 && (bytes[2] & Unknown) != 0 ? CloseReason.BadFrame : CloseReason.None;
    }

    private static bool TrailerMatches(in ReadOnlySequence<byte> buffer, long end)
    {
        Span<byte> trailer = stackalloc byte[FrameHeader.TrailerSize];
        buffer.Slice(end, FrameHeader.TrailerSize).CopyTo(trailer);
        return Crc32C.Compute(buffer.Slice(0, end)) == BinaryPrimitives.ReadUInt32BigEndian(trailer);
    }
}
