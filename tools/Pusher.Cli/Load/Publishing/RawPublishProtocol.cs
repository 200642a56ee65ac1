using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Pusher.Cli.Load.Engine;

namespace Pusher.Cli.Load.Publishing;

/// <summary>
/// The least that can be published with, for benchmark servers: many frames a write, no answers. Big-endian:
/// <code>
/// frame = u32 length of what follows | u8 kind (1 = one device, 2 = all) | u8 qos | u8 n | n bytes of the device's name, without its tenant | payload
/// </code>
/// </summary>
/// <remarks>Threading: on the reactor's thread only.</remarks>
internal sealed class RawPublishProtocol(byte[][] names, int qos) : IPublishProtocol
{
    private const int LengthBytes = 4;
    private const int HeadBytes = LengthBytes + 3;
    private const byte ToOne = 1;
    private const byte ToAll = 2;

    public bool HasAnswers => false;

    public int OutstandingMax => int.MaxValue;

    /// <summary>The names as they stand in a frame.</summary>
    public static byte[][] NamesOf(IReadOnlyList<LoadIdentity> devices) => [.. devices.Select(d => Encoding.ASCII.GetBytes(d.Device.Device))];

    public bool Greet(IBufferWriter<byte> output) => true;

    public string? Read(ref ReadOnlySequence<byte> bytes, IBufferWriter<byte> output, IPublishEvents events)
        => "a server that takes raw publishes answers nothing, and this one did; does something else listen there?";

    public void Publish(IBufferWriter<byte> output, int device, long counter, ReadOnlySpan<byte> payload)
    {
        var name = device < 0 ? [] : names[device];
        var size = HeadBytes + name.Length + payload.Length;
        var frame = output.GetSpan(size);
        BinaryPrimitives.WriteInt32BigEndian(frame, size - LengthBytes);
        frame[LengthBytes] = device < 0 ? ToAll : ToOne;
        frame[LengthBytes + 1] = (byte)qos;
        frame[LengthBytes + 2] = (byte)name.Length;
        name.CopyTo(frame[HeadBytes..]);
        payload.CopyTo(frame[(HeadBytes + name.Length)..]);
        output.Advance(size);
    }
}
