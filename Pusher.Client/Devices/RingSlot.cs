using System.Buffers.Binary;
using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>
/// One slot of the ring file, 32 bytes, big-endian, so that slots never straddle a sector:
/// <code>u8 kind | u8 0 | u16 result | u32 stream | u64 seq | u64 message id | u32 lap | u32 CRC32C of the 28 bytes before</code>
/// The lap grows by one each time the writer starts again at the first slot; (lap, index) is the order of writing.
/// </summary>
internal readonly record struct RingSlot(RingSlotKind Kind, DeliveryResult Result, uint Stream, ulong Seq, ulong MessageId, uint Lap)
{
    public const int Size = 32;

    private const int Checked = Size - sizeof(uint);

    public void Write(Span<byte> slot)
    {
        slot[0] = (byte)Kind;
        slot[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(slot[2..], (ushort)Result);
        BinaryPrimitives.WriteUInt32BigEndian(slot[4..], Stream);
        BinaryPrimitives.WriteUInt64BigEndian(slot[8..], Seq);
        BinaryPrimitives.WriteUInt64BigEndian(slot[16..], MessageId);
        BinaryPrimitives.WriteUInt32BigEndian(slot[24..], Lap);
        BinaryPrimitives.WriteUInt32BigEndian(slot[Checked..], Crc32C.Compute(slot[..Checked]));
    }

    /// <summary>False when the slot is damaged or torn. A slot of zeros was never written and is read as <see cref="RingSlotKind.Empty"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> slot, out RingSlot value)
    {
        value = default;
        if (!slot.ContainsAnyExcept((byte)0))
        {
            return true;
        }

        if (Crc32C.Compute(slot[..Checked]) != BinaryPrimitives.ReadUInt32BigEndian(slot[Checked..]))
        {
            return false;
        }

        value = new RingSlot(
            (RingSlotKind)slot[0],
            (DeliveryResult)BinaryPrimitives.ReadUInt16BigEndian(slot[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(slot[4..]),
            BinaryPrimitives.ReadUInt64BigEndian(slot[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(slot[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(slot[24..]));
        return value.Lap > 0;
    }
}
