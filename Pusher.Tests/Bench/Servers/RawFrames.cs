using System.Buffers.Binary;
using System.Text;

namespace Pusher.Tests.Bench.Servers;

/// <summary>Writes what a publisher of the load generator writes to a bench server, apart from the code under test.</summary>
internal static class RawFrames
{
    public const byte One = 1;
    public const byte All = 2;

    public static byte[] Write(byte kind, byte qos, string device, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[4 + 3 + device.Length + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        (frame[4], frame[5], frame[6]) = (kind, qos, (byte)device.Length);
        Encoding.ASCII.GetBytes(device, frame.AsSpan(7));
        payload.CopyTo(frame.AsSpan(7 + device.Length));
        return frame;
    }
}
