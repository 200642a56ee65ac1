using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Tests.Support;

/// <summary>One device's stream in the <see cref="ModelMessageStore"/>.</summary>
internal sealed class ModelDevice(DeviceKey key, uint stream)
{
    private readonly SortedList<ulong, ModelMessage> _messages = [];

    public DeviceKey Key => key;

    public uint Stream { get; private set; } = stream;

    public ulong AckedSeq { get; private set; }

    public ulong LastSeq { get; private set; }

    public IEnumerable<ModelMessage> Messages => _messages.Values;

    public IEnumerable<ModelMessage> Pending => _messages.Values.Where(m => m.State == MessageState.Pending);

    public StreamState State => new(Stream, AckedSeq, LastSeq);

    public ModelMessage? Find(uint stream, ulong seq) => stream == Stream ? _messages.GetValueOrDefault(seq) : null;

    public void Add(ModelMessage message)
    {
        (message.Stream, message.Seq) = (Stream, ++LastSeq);
        _messages.Add(message.Seq, message);
    }

    /// <summary>Does nothing for another stream or a seq that was never stored.</summary>
    public void Acknowledge(uint stream, ulong seq, long now)
    {
        if (stream != Stream || seq > LastSeq || seq <= AckedSeq)
        {
            return;
        }

        AckedSeq = seq;
        foreach (var message in _messages.Values.TakeWhile(m => m.Seq <= seq))
        {
            message.End(MessageState.Acked, now);
        }
    }

    /// <summary>Gives the stream up for <paramref name="newStream"/>; what is pending goes along, from seq 1.</summary>
    public void Renumber(uint newStream)
    {
        var pending = Pending.ToList();
        _messages.Clear();
        (Stream, AckedSeq, LastSeq) = (newStream, 0, 0);
        pending.ForEach(Add);
    }

    public void Forget(long endedBefore)
    {
        foreach (var message in _messages.Values.Where(m => m.State != MessageState.Pending && m.EndedAtUnixMs < endedBefore).ToList())
        {
            _messages.Remove(message.Seq);
        }
    }

    public MessagePage Read(ulong afterSeq, int messagesMax, int bytesMax)
    {
        var messages = new List<StoredMessage>();
        var through = Math.Max(afterSeq, LastSeq);
        var bytes = 0L;
        foreach (var message in Pending.Where(m => m.Seq > afterSeq))
        {
            bytes += message.Payload.Length;
            if (messages.Count > 0 && (messages.Count >= messagesMax || bytes > bytesMax))
            {
                through = messages[^1].Seq;
                break;
            }

            messages.Add(message.ToStored());
        }

        return new MessagePage(Stream, afterSeq, through, LastSeq, messages, Gaps(afterSeq, through));
    }

    private List<SequenceGap> Gaps(ulong afterSeq, ulong through)
    {
        var gaps = new List<SequenceGap>();
        for (var seq = afterSeq + 1; seq <= through; seq++)
        {
            var message = _messages.GetValueOrDefault(seq);
            if (message?.State == MessageState.Pending)
            {
                continue;
            }

            var reason = ReasonOf(message?.State);
            if (gaps.Count > 0 && gaps[^1].LastSeq + 1 == seq && gaps[^1].Reason == reason)
            {
                gaps[^1] = gaps[^1] with { LastSeq = seq };
            }
            else
            {
                gaps.Add(new SequenceGap(seq, seq, reason));
            }
        }

        return gaps;
    }

    private static SkipReason ReasonOf(MessageState? state) => state switch
    {
        MessageState.Expired => SkipReason.Expired,
        MessageState.Dead => SkipReason.Dead,
        MessageState.Cancelled => SkipReason.Cancelled,
        MessageState.Collapsed => SkipReason.Collapsed,
        _ => SkipReason.Unspecified,
    };
}
