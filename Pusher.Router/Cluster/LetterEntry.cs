using MessagePack;
using Pusher.Core.Identity;
using Pusher.Core.Messages;

namespace Pusher.Router.Cluster;

/// <summary>
/// A ring with a copy of the message it rings for, to save its reading: <c>[2, tenant, device, stream, seq, messageId, priority, expiresAt, payload]</c>.
/// The message is stored and answered; a copy that is lost is a ring that is lost.
/// </summary>
internal readonly record struct LetterEntry(DeviceKey Device, StoredMessage Message) : IEnvelopeEntry
{
    public const int Elements = 9;

    public void WriteTo(ref MessagePackWriter writer)
    {
        EntryFormat.WriteHead(ref writer, Elements, EntryKind.Letter, Device);
        writer.Write(Message.Stream);
        writer.Write(Message.Seq);
        writer.Write(Message.MessageId);
        writer.Write(Message.Priority);
        writer.Write(Message.ExpiresAtUnixMs);
        writer.Write(Message.Payload.Span);
    }

    // The payload is not copied: it stays part of the envelope, which the reader may keep.
    public static LetterEntry Read(ref MessagePackReader reader, NameTable names)
    {
        var device = EntryFormat.ReadDevice(ref reader, names);
        return new LetterEntry(device, new StoredMessage
        {
            Stream = reader.ReadUInt32(),
            Seq = reader.ReadUInt64(),
            MessageId = reader.ReadUInt64(),
            Priority = reader.ReadByte(),
            ExpiresAtUnixMs = reader.ReadInt64(),
            Payload = reader.ReadBytes()?.First ?? throw new MessagePackSerializationException("A letter without a payload."),
        });
    }
}
