using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Router.Stores;

/// <summary>The gaps of a page that is read in order of seq: messages that ended otherwise, and seqs of which there is no row. Neighbours of one reason are one gap.</summary>
internal sealed class PageGaps(ulong afterSeq)
{
    /// <summary>The last seq that the page speaks of.</summary>
    public ulong ThroughSeq { get; private set; } = afterSeq;

    public List<SequenceGap> Gaps { get; } = [];

    /// <summary>The page has a message with this seq; what is missing before it is a gap.</summary>
    public void AddMessage(ulong seq)
    {
        AddMissing(seq);
        ThroughSeq = seq;
    }

    /// <summary>The message with this seq ended as <paramref name="state"/> and is not to be sent.</summary>
    public void AddEnded(ulong seq, MessageState state)
    {
        AddMissing(seq);
        Add(seq, seq, Reason(state));
    }

    /// <summary>No row up to <paramref name="beforeSeq"/>: acknowledged, or ended so long ago that its status is forgotten.</summary>
    public void AddMissing(ulong beforeSeq)
    {
        if (beforeSeq > ThroughSeq + 1)
        {
            Add(ThroughSeq + 1, beforeSeq - 1, SkipReason.Unspecified);
        }
    }

    private void Add(ulong first, ulong last, SkipReason reason)
    {
        ThroughSeq = last;
        if (Gaps.Count > 0 && Gaps[^1] is var before && before.Reason == reason && before.LastSeq + 1 == first)
        {
            Gaps[^1] = before with { LastSeq = last };
            return;
        }

        Gaps.Add(new SequenceGap(first, last, reason));
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
