using System.Buffers;
using System.Buffers.Binary;
using Pusher.Transport;

namespace Pusher.Tests.Transport.Support;

/// <summary>Bytes whose order shows, and frames of a 2-byte length and a body.</summary>
internal static class Pattern
{
    public static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    public static byte[] Frame(ReadOnlySpan<byte> body)
    {
        byte[] frame = new byte[2 + body.Length];
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)body.Length);
        body.CopyTo(frame.AsSpan(2));
        return frame;
    }

    /// <summary>Echoes whole frames only, and leaves the rest to be kept.</summary>
    public static SequencePosition EchoFrames(IReactor reactor, ConnectionId connection, in ReadOnlySequence<byte> bytes)
    {
        SequenceReader<byte> reader = new(bytes);
        while (true)
        {
            SequencePosition start = reader.Position;
            if (!reader.TryReadBigEndian(out short length) || !reader.TryReadExact((ushort)length, out ReadOnlySequence<byte> body))
            {
                return start;
            }

            reactor.Output(connection).Write(Frame(body.ToArray()));
        }
    }
}
