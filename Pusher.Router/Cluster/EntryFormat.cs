using System.Buffers;
using MessagePack;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;

namespace Pusher.Router.Cluster;

/// <summary>The parts that entries have in common.</summary>
internal static class EntryFormat
{
    private const int FrameBytesMax = 2 * 1024 * 1024; // what the pool of frames has

    /// <summary>Opens the array, and writes kind and device.</summary>
    public static void WriteHead(ref MessagePackWriter writer, int elements, EntryKind kind, DeviceKey device)
    {
        writer.WriteArrayHeader(elements);
        writer.Write((int)kind);
        writer.Write(device.Tenant);
        writer.Write(device.Device);
    }

    /// <summary>Reads what <see cref="WriteHead"/> wrote behind the kind.</summary>
    public static DeviceKey ReadDevice(ref MessagePackReader reader, NameTable names)
        => new(ReadName(ref reader, names), ReadName(ref reader, names));

    /// <summary>Reads a legal identifier, and refuses anything else.</summary>
    public static string ReadName(ref MessagePackReader reader, NameTable names)
    {
        if (reader.ReadStringSequence() is { } text && text.Length <= Identifier.LengthMax)
        {
            var name = text.IsSingleSegment ? text.FirstSpan : text.ToArray(); // over the seam of two receive buffers
            if (Identifier.IsValid(name))
            {
                return names.Get(name);
            }
        }

        throw new MessagePackSerializationException("A name is not legal.");
    }

    /// <summary>Reads a whole frame of the device protocol, by its length alone: it was encoded by a node.</summary>
    public static ReadOnlySequence<byte> ReadFrame(ref MessagePackReader reader)
        => reader.ReadBytes() is { Length: >= FrameHeader.Size and <= FrameBytesMax } frame ? frame : throw new MessagePackSerializationException("A frame is too short or too long.");
}
