namespace Pusher.Local.Checking;

/// <summary>What <see cref="DeliveryChecker"/> found. Counts are messages; times are milliseconds.</summary>
public sealed record DeliveryReport
{
    /// <summary>Publishes begun.</summary>
    public long Attempted { get; init; }

    /// <summary>Publishes answered OK (or duplicate of one that was stored).</summary>
    public long Accepted { get; init; }

    /// <summary>Publishes without a final answer: they may turn up or not.</summary>
    public long Unknown { get; init; }

    /// <summary>Unknown ones that were handed over.</summary>
    public long Recovered { get; init; }

    /// <summary>Accepted ones whose publisher was told of another end (expired, dead, cancelled, lost with the store) and that were not handed over.</summary>
    public long Ended { get; init; }

    /// <summary>Accepted, not handed over, and nobody was told.</summary>
    public long Lost { get; init; }

    /// <summary>Accepted, not handed over, and excused by <see cref="DeliveryChecker.Flushed"/>: the store was emptied, and the device was told.</summary>
    public long LostWithStore { get; init; }

    /// <summary>Hand-overs beyond the first of a message by one client.</summary>
    public long DupHanded { get; init; }

    /// <summary>The same, excused by <see cref="DeliveryChecker.Flushed"/>: published on both sides of it.</summary>
    public long DupAfterFlush { get; init; }

    /// <summary>Hand-overs by another client of the same identity, which cannot know of the first: two printers with one name.</summary>
    public long DupOtherClient { get; init; }

    /// <summary>Hand-overs behind a higher seq of their stream, or with another place than the publisher was told.</summary>
    public long OutOfOrder { get; init; }

    /// <summary>Hand-overs of what nobody published, or what was refused.</summary>
    public long Unexpected { get; init; }

    /// <summary>Hand-overs to another device than it was published to.</summary>
    public long WrongDevice { get; init; }

    /// <summary>Messages handed over later than the checker's bound.</summary>
    public long Late { get; init; }

    /// <summary>Median time from acceptance to hand-over.</summary>
    public long P50Ms { get; init; }

    /// <summary>99th percentile of the same.</summary>
    public long P99Ms { get; init; }

    /// <summary>The longest of the same.</summary>
    public long MaxStallMs { get; init; }

    /// <summary>The first violations in words, at most <see cref="DeliveryChecker.FindingsMax"/>.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>Nothing lost, doubled, out of order, unexpected or misdirected.</summary>
    public bool IsClean => (Lost | DupHanded | OutOfOrder | Unexpected | WrongDevice) == 0;

    /// <summary>The checker line.</summary>
    public override string ToString()
        => $"attempted={Attempted} accepted={Accepted} unknown={Unknown} recovered={Recovered} ended={Ended} lost={Lost} "
            + $"dup_handed={DupHanded} out_of_order={OutOfOrder} unexpected={Unexpected} wrong_device={WrongDevice} "
            + $"late={Late} p50_ms={P50Ms} p99_ms={P99Ms} max_stall_ms={MaxStallMs}";
}
