using System.Buffers.Binary;

namespace Pusher.Bench.Servers.Wire;

/// <summary>
/// The frames that a bare server needs, written out by hand: the baseline uses none of the product's layers, so that it cannot share
/// their faults. The layouts are those of docs/PROTOCOL.md; names, sizes and checksums are not checked.
/// </summary>
internal static class DeviceFrames
{
    public const int HeaderBytes = 8;
    public const byte Magic = 0xD7;
    public const byte Hello = 0x01;
    public const byte Proof = 0x03;
    public const byte Heartbeat = 0x10;
    public const byte Ack = 0x21;

    /// <summary>Header and head of a PUSH, in front of its body.</summary>
    public const int PushHeadBytes = HeaderBytes + 32;

    public const int ChallengeBytes = HeaderBytes + 32;

    public const int WelcomeBytes = HeaderBytes + 33;

    /// <summary>The longest frame that a device may send: room for any HELLO.</summary>
    public const int DeviceFrameBytesMax = 8 * 1024;

    private const byte Challenge = 0x02;
    private const byte Welcome = 0x04;
    private const byte Push = 0x20;
    private const int HelloNames = 2 + 4 + 16;
    private const uint HeartbeatMs = 60_000;
    private const uint BodyBytesMax = 64 * 1024;
    private const ushort Window = 256;

    /// <summary>
    /// The length of the frame at the beginning of <paramref name="bytes"/>, header included; 0 = more bytes are needed, -1 = this is no frame
    /// of a device.
    /// </summary>
    public static int Measure(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes)
        {
            return bytes.Length > 0 && bytes[0] != Magic ? -1 : 0;
        }

        var length = HeaderBytes + (long)BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        if (bytes[0] != Magic || length > DeviceFrameBytesMax)
        {
            return -1;
        }

        return length <= bytes.Length ? (int)length : 0;
    }

    /// <summary>The device's name in a HELLO; empty when there is none.</summary>
    public static ReadOnlySpan<byte> DeviceOf(ReadOnlySpan<byte> hello)
    {
        var payload = hello[HeaderBytes..];
        if (payload.Length <= HelloNames)
        {
            return default;
        }

        var device = payload[HelloNames..];
        var tenant = 1 + device[0];
        return device.Length > tenant && device.Length > tenant + device[tenant] ? device.Slice(tenant + 1, device[tenant]) : default;
    }

    /// <summary>A CHALLENGE; the nonce means nothing, for nobody looks at the proof.</summary>
    public static void WriteChallenge(Span<byte> frame)
    {
        WriteHeader(frame, Challenge, ChallengeBytes);
        frame[HeaderBytes..ChallengeBytes].Fill(0x5A);
    }

    /// <summary>A WELCOME without streams.</summary>
    public static void WriteWelcome(Span<byte> frame, ulong epoch)
    {
        WriteHeader(frame, Welcome, WelcomeBytes);
        var payload = frame[HeaderBytes..WelcomeBytes];
        payload.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(payload, epoch);
        BinaryPrimitives.WriteUInt64BigEndian(payload[8..], (ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteUInt32BigEndian(payload[16..], HeartbeatMs);
        BinaryPrimitives.WriteUInt32BigEndian(payload[20..], BodyBytesMax);
        BinaryPrimitives.WriteUInt16BigEndian(payload[24..], Window);
    }

    /// <summary>Everything of a PUSH in front of the body. Stream and seq are 0 for QoS 0.</summary>
    public static void WritePushHead(Span<byte> frame, int bodyBytes, ulong messageId, uint stream, ulong seq)
    {
        WriteHeader(frame, Push, PushHeadBytes + bodyBytes);
        var head = frame[HeaderBytes..PushHeadBytes];
        head[20..].Clear();
        BinaryPrimitives.WriteUInt64BigEndian(head, messageId);
        BinaryPrimitives.WriteUInt32BigEndian(head[8..], stream);
        BinaryPrimitives.WriteUInt64BigEndian(head[12..], seq);
    }

    private static void WriteHeader(Span<byte> frame, byte type, int length)
    {
        frame[0] = Magic;
        frame[1] = 1;
        frame[2] = 0;
        frame[3] = type;
        BinaryPrimitives.WriteUInt32BigEndian(frame[4..], (uint)(length - HeaderBytes));
    }
}
