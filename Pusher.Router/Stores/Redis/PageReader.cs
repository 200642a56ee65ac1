using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using StackExchange.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>Makes a page of what <c>page.lua</c> returns: messages, and the gaps that tombstones and missing rows are.</summary>
internal sealed class PageReader(uint stream, ulong afterSeq)
{
    private readonly List<StoredMessage> _messages = [];
    private readonly List<SequenceGap> _gaps = [];
    private readonly ulong _after = afterSeq;
    private ulong _through = afterSeq;

    public MessagePage Read(RedisResult result)
    {
        if (result.IsNull)
        {
            return new MessagePage(stream, _after, _after, 0, [], []);
        }

        var last = (ulong)result[0];
        var upto = (ulong)result[1];
        for (var i = 2; i < result.Length; i += 2)
        {
            AddRow((ulong)result[i], (byte[])result[i + 1]!);
        }

        AddMissing(upto + 1);
        return new MessagePage(stream, _after, _through, last, _messages, _gaps);
    }

    private void AddRow(ulong seq, byte[] row)
    {
        AddMissing(seq);
        var reader = new AnswerReader(row);
        var state = (MessageState)reader.ReadByte();
        if (state != MessageState.Pending)
        {
            AddGap(seq, seq, Reason(state));
            return;
        }

        var priority = reader.ReadByte();
        var attempts = reader.ReadUInt16();
        reader.ReadUInt48(); // accepted at
        var expires = (long)reader.ReadUInt48();
        var id = AnswerReader.ParseId(reader.ReadText());
        _through = seq;
        _messages.Add(new StoredMessage
        {
            MessageId = id,
            Stream = stream,
            Seq = seq,
            Priority = priority,
            ExpiresAtUnixMs = expires,
            Attempts = attempts,
            Payload = row.AsMemory(row.Length - reader.ReadRest().Length),
        });
    }

    // No row: acknowledged, or ended so long ago that its status is forgotten.
    private void AddMissing(ulong beforeSeq)
    {
        if (beforeSeq > _through + 1)
        {
            AddGap(_through + 1, beforeSeq - 1, SkipReason.Unspecified);
        }
    }

    private void AddGap(ulong first, ulong last, SkipReason reason)
    {
        _through = last;
        if (_gaps.Count > 0 && _gaps[^1] is var before && before.Reason == reason && before.LastSeq + 1 == first)
        {
            _gaps[^1] = before with { LastSeq = last };
            return;
        }

        _gaps.Add(new SequenceGap(first, last, reason));
    }

    private static SkipReason Reason(MessageState state) => state switch
    {
        MessageState.Expired => SkipReason.Expired,
        MessageState.Dead => SkipReason.Dead,
        MessageState.Cancelled => SkipReason.Cancelled,
        MessageState.Collapsed => SkipReason.Collapsed,
        _ => SkipReason.Unspecified,
    };
}
