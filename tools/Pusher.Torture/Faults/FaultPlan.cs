namespace Pusher.Torture.Faults;

/// <summary>Draws what happens when. The same seed and options give the same plan.</summary>
internal static class FaultPlan
{
    /// <summary>Before the first fault, so that there is something to lose.</summary>
    public const int QuietMs = 1_000;

    /// <summary>Twice the lease of a node, which is 6 s.</summary>
    private const int FreezeMs = 12_000;

    private const int GapMinMs = 1_500;
    private const int GapMaxMs = 5_000;

    /// <param name="seed">Of all that is drawn.</param>
    /// <param name="seconds">Faults begin before the end of this time.</param>
    /// <param name="kinds">Each occurs before one occurs again, when there is time enough.</param>
    /// <param name="nodes">Of the cluster.</param>
    /// <param name="pairs">Pairs of clients that can flap.</param>
    public static IReadOnlyList<Fault> Draw(int seed, int seconds, IReadOnlyList<FaultKind> kinds, int nodes, int pairs)
    {
        var random = new Random(seed);
        var meanGapMs = Math.Clamp(seconds * 400 / Math.Max(1, kinds.Count), GapMinMs, GapMaxMs);
        var plan = new List<Fault>();
        var bag = new List<FaultKind>();
        for (var at = QuietMs; at < seconds * 1_000 && kinds.Count > 0; at += random.Next(meanGapMs / 2, meanGapMs * 3 / 2))
        {
            if (bag.Count == 0)
            {
                bag.AddRange(kinds);
            }

            var kind = bag[random.Next(bag.Count)];
            bag.Remove(kind);
            plan.Add(new Fault(at, kind, random.Next(TargetsOf(kind, nodes, pairs)), HoldMs(kind, random)));
        }

        return plan;
    }

    private static int TargetsOf(FaultKind kind, int nodes, int pairs) => kind switch
    {
        FaultKind.Kill or FaultKind.Freeze or FaultKind.Drain => nodes,
        FaultKind.Flap => Math.Max(1, pairs),
        _ => 1,
    };

    private static int HoldMs(FaultKind kind, Random random) => kind switch
    {
        FaultKind.Kill => random.Next(100, 3_000),
        FaultKind.Freeze => FreezeMs + random.Next(0, 1_500),
        FaultKind.Redis or FaultKind.Nats => random.Next(200, 4_000),
        FaultKind.Flap => random.Next(3_000, 6_000),
        _ => 0,
    };
}
