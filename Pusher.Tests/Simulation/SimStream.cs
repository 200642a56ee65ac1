using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Tests.Simulation;

/// <summary>One stream in the model store: every message it ever had, by seq.</summary>
public sealed class SimStream(uint stream)
{
    private readonly List<SimMessage> _messages = [];

    public uint Stream { get; } = stream;

    public ulong AckedSeq { get; private set; }

    public ulong LastSeq => (ulong)_messages.Count;

    public StreamState State => new(Stream, AckedSeq, LastSeq);

    public IEnumerable<SimMessage> Pending => _messages.Where(m => m.State == MessageState.Pending);

    public SimMessage? Find(ulong seq) => seq is > 0 && seq <= LastSeq ? _messages[(int)seq - 1] : null;

    public void Append(SimMessage message)
    {
        _messages.Add(message);
        message.Stream = Stream;
        message.Seq = LastSeq;
    }

    public void Acknowledge(ulong seq)
    {
        for (var s = AckedSeq + 1; s <= Math.Min(seq, LastSeq); s++)
        {
            var message = _messages[(int)s - 1];
            if (message.State == MessageState.Pending)
            {
                message.State = MessageState.Acked;
            }
        }

        AckedSeq = Math.Max(AckedSeq, Math.Min(seq, LastSeq));
    }

    public MessagePage Read(ulong afterSeq, int messagesMax, int bytesMax)
    {
        var messages = new List<StoredMessage>();
        var gaps = new List<SequenceGap>();
        var bytes = 0;
        var through = afterSeq;
        for (var seq = afterSeq + 1; seq <= LastSeq; seq++)
        {
            var message = _messages[(int)seq - 1];
            if (message.State != MessageState.Pending)
            {
                AddGap(gaps, seq, ReasonOf(message.State));
            }
            else if (messages.Count == messagesMax || (messages.Count > 0 && bytes + message.Payload.Length > bytesMax))
            {
                break;
            }
            else
            {
                messages.Add(message.ToStored());
                bytes += message.Payload.Length;
            }

            through = seq;
        }

        return new MessagePage(Stream, afterSeq, through, LastSeq, messages, gaps);
    }

    private static void AddGap(List<SequenceGap> gaps, ulong seq, SkipReason reason)
    {
        if (gaps.Count > 0 && gaps[^1].LastSeq == seq - 1 && gaps[^1].Reason == reason)
        {
            gaps[^1] = gaps[^1] with { LastSeq = seq };
        }
        else
        {
            gaps.Add(new SequenceGap(seq, seq, reason));
        }
    }

    private static SkipReason ReasonOf(MessageState state) => state switch
    {
        MessageState.Expired => SkipReason.Expired,
        MessageState.Dead => SkipReason.Dead,
        MessageState.Cancelled => SkipReason.Cancelled,
        _ => SkipReason.Unspecified,
    };
}
