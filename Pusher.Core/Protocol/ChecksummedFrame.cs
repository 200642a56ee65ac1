using System.Buffers;
using System.Buffers.Binary;

namespace Pusher.Core.Protocol;

/// <summary>Makes the encoding with a trailer out of the one without.</summary>
internal static class ChecksummedFrame
{
    private const int FlagsOffset = 2;
    private const int LengthOffset = 4;

    /// <summary>Writes the same frame with the flag, a length that counts the trailer, and the trailer.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="plain">One whole frame without a trailer.</param>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> plain)
    {
        var frame = output.GetSpan(plain.Length + FrameHeader.TrailerSize)[..(plain.Length + FrameHeader.TrailerSize)];
        plain.CopyTo(frame);
        frame[FlagsOffset] |= (byte)FrameFlags.Checksum;
        BinaryPrimitives.WriteUInt32BigEndian(frame[LengthOffset..], (uint)(frame.Length - FrameHeader.Size));
        BinaryPrimitives.WriteUInt32BigEndian(frame[plain.Length..], Crc32C.Compute(frame[..plain.Length]));
        output.Advance(frame.Length);
    }
}
