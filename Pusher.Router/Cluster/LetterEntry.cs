using System.Buffers;
using MessagePack;
using Pusher.Core.Identity;
using Pusher.Core.Protocol;

namespace Pusher.Router.Cluster;

/// <summary>
/// A ring with a copy of the message it rings for, to save its reading: <c>[2, tenant, device, stream, seq, messageId, priority, expiresAt, payload]</c>.
/// The message is stored and answered; a copy that is lost is a ring that is lost.
/// </summary>
/// <param name="Device">Whom it is for.</param>
/// <param name="Head">The message.</param>
/// <param name="Payload">Its payload; when read, a part of the envelope.</param>
internal readonly record struct LetterEntry(DeviceKey Device, PushHead Head, ReadOnlySequence<byte> Payload) : IEnvelopeEntry
{
    public const int Elements = 9;

    public void WriteTo(ref MessagePackWriter writer)
    {
        EntryFormat.WriteHead(ref writer, Elements, EntryKind.Letter, Device);
        writer.Write(Head.Stream);
        writer.Write(Head.Seq);
        writer.Write(Head.MessageId);
        writer.Write(Head.Priority);
        writer.Write(Head.ExpiresAtUnixMs);
        writer.Write(Payload);
    }

    public static LetterEntry Read(ref MessagePackReader reader, NameTable names)
    {
        var device = EntryFormat.ReadDevice(ref reader, names);
        var head = new PushHead
        {
            Stream = reader.ReadUInt32(),
            Seq = reader.ReadUInt64(),
            MessageId = reader.ReadUInt64(),
            Priority = reader.ReadByte(),
            ExpiresAtUnixMs = reader.ReadInt64(),
        };
        return new LetterEntry(device, head, reader.ReadBytes() ?? throw new MessagePackSerializationException("A letter without a payload."));
    }
}
