using Pusher.Core.Messages;
using StackExchange.Redis;

namespace Pusher.Router.Stores.Redis;

/// <summary>Makes a page of what <c>page.lua</c> returns: messages, and the gaps that tombstones and missing rows are.</summary>
internal sealed class PageReader(uint stream, ulong afterSeq)
{
    private readonly List<StoredMessage> _messages = [];
    private readonly PageGaps _gaps = new(afterSeq);
    private readonly ulong _after = afterSeq;

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

        _gaps.AddMissing(upto + 1);
        return new MessagePage(stream, _after, _gaps.ThroughSeq, last, _messages, _gaps.Gaps);
    }

    private void AddRow(ulong seq, byte[] row)
    {
        var reader = new AnswerReader(row);
        var state = (MessageState)reader.ReadByte();
        if (state != MessageState.Pending)
        {
            _gaps.AddEnded(seq, state);
            return;
        }

        var priority = reader.ReadByte();
        var attempts = reader.ReadUInt16();
        reader.ReadUInt48(); // accepted at
        var expires = (long)reader.ReadUInt48();
        var id = AnswerReader.ParseId(reader.ReadText());
        _gaps.AddMessage(seq);
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
}
