using System.Buffers.Binary;

namespace Pusher.Bench.Servers.Wire;

/// <summary>
/// What a publisher of the load generator writes to a bench server, many in one read, none answered. Big-endian:
/// <code>
/// u32 length of what follows | u8 kind (1 = one device, 2 = all) | u8 qos | u8 n | n bytes device name, without tenant | payload to the end
/// </code>
/// The first byte is 0, for no length reaches 16 MiB, and that of a device's frame never is: one port can serve both.
/// </summary>
internal readonly ref struct RawPublish
{
    /// <summary>Bytes in front of the device name.</summary>
    public const int HeadBytes = 4 + 3;

    /// <summary>The longest frame, without its length field: far over the largest payload, and far under what a defect would ask for.</summary>
    public const int LengthMax = 1 << 20;

    private const byte ToOne = 1;
    private const byte ToAll = 2;

    /// <summary>To all devices; the name is not looked at.</summary>
    public bool IsToAll { get; private init; }

    /// <summary>0 = no seq and no acknowledgement; else 1.</summary>
    public int Qos { get; private init; }

    public ReadOnlySpan<byte> Device { get; private init; }

    /// <summary>Bytes from the beginning of the frame to the payload.</summary>
    public int PayloadStart { get; private init; }

    public int PayloadLength { get; private init; }

    /// <summary>Bytes of the whole frame.</summary>
    public int Length => PayloadStart + PayloadLength;

    /// <summary>Reads the frame at the beginning of <paramref name="bytes"/>, into which the result points.</summary>
    public static RawPublishStatus TryRead(ReadOnlySpan<byte> bytes, out RawPublish publish)
    {
        publish = default;
        if (bytes.Length < HeadBytes)
        {
            return RawPublishStatus.NeedMore;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var name = bytes[6];
        if (length > LengthMax || length < HeadBytes - 4 + name || bytes[4] is not (ToOne or ToAll) || bytes[5] > 1)
        {
            return RawPublishStatus.Invalid;
        }

        if (bytes.Length < 4 + (int)length)
        {
            return RawPublishStatus.NeedMore;
        }

        publish = new RawPublish
        {
            IsToAll = bytes[4] == ToAll,
            Qos = bytes[5],
            Device = bytes.Slice(HeadBytes, name),
            PayloadStart = HeadBytes + name,
            PayloadLength = 4 + (int)length - HeadBytes - name,
        };
        return RawPublishStatus.Frame;
    }
}
