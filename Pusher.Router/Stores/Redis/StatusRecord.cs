using System.Text;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Router.Stores.Redis;

/// <summary>How the status of a message is stored; <c>common.lua</c> has the layout.</summary>
internal static class StatusRecord
{
    public static MessageStatus Read(ulong messageId, ReadOnlySpan<byte> record)
    {
        var reader = new AnswerReader(record);
        var state = (MessageState)reader.ReadByte();
        var result = reader.ReadInt24();
        var attempts = reader.ReadUInt16();
        var stream = reader.ReadUInt32();
        var seq = reader.ReadUInt48();
        var accepted = (long)reader.ReadUInt48();
        var expires = (long)reader.ReadUInt48();
        var ended = (long)reader.ReadUInt48();
        var publisher = reader.ReadText();
        var device = Encoding.ASCII.GetString(reader.ReadText());
        var hasText = reader.ReadByte() != 0;
        return new MessageStatus
        {
            MessageId = messageId,
            Device = DeviceKey.TryParse(device, out var key) ? key : throw new FormatException("a message in Redis belongs to no device"),
            PublisherId = publisher.IsEmpty ? null : Encoding.ASCII.GetString(publisher),
            Stream = stream,
            Seq = seq,
            State = state,
            AcceptedAtUnixMs = accepted,
            ExpiresAtUnixMs = expires,
            EndedAtUnixMs = ended,
            Attempts = attempts,
            Result = result == 0 ? null : (DeliveryResult)(result - 1),
            ResultText = hasText ? Encoding.UTF8.GetString(reader.ReadRest()) : null,
        };
    }
}
