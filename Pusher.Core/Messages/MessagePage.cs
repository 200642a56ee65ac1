namespace Pusher.Core.Messages;

/// <summary>
/// One page of a stream's pending messages, in order of seq. It speaks for every seq in
/// (<paramref name="AfterSeq"/>, <paramref name="ThroughSeq"/>]: one that is in no message is in a gap.
/// </summary>
/// <param name="Stream">The stream.</param>
/// <param name="AfterSeq">The seq the page was asked to start behind.</param>
/// <param name="ThroughSeq">The last seq the page speaks for; at least <paramref name="AfterSeq"/>.</param>
/// <param name="LastSeq">The highest seq that was stored in the stream when the page was read; more may follow behind <paramref name="ThroughSeq"/>.</param>
/// <param name="Messages">The pending messages.</param>
/// <param name="Gaps">The seqs between that have ended already.</param>
public sealed record MessagePage(
    uint Stream,
    ulong AfterSeq,
    ulong ThroughSeq,
    ulong LastSeq,
    IReadOnlyList<StoredMessage> Messages,
    IReadOnlyList<SequenceGap> Gaps);
