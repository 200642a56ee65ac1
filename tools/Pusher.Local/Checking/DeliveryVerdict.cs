namespace Pusher.Local.Checking;

/// <summary>What one message adds to a report.</summary>
internal static class DeliveryVerdict
{
    public static DeliveryReport Add(DeliveryReport report, CheckedMessage entry, StoreLosses losses, List<string> findings)
    {
        var handed = entry.HandedTo.Count;
        var accepted = entry.Answer == PublishOutcome.Accepted;
        var unknown = entry is { Answer: PublishOutcome.Unknown or PublishOutcome.None, Device: not null };
        var unexpected = handed > 0 && !accepted && !unknown;
        var moved = accepted && handed > 0 && entry.Place.Stream != 0 && entry.HandedTo[0].Place != entry.Place
            && entry.HandedTo[0].Place.Stream == entry.Place.Stream;
        var wrong = entry.Device is { } device ? entry.HandedTo.Count(h => h.Device != device) : 0;
        var missing = accepted && handed == 0 && !entry.Ended;
        var excused = missing && losses.Excuse(entry);
        var lost = missing && !excused;
        var again = entry.HandedTo.GroupBy(h => (h.Device, h.Client)).Sum(hands => hands.Count() - 1);
        var repeated = Math.Min(again, losses.RepeatsOf(entry));
        again -= repeated;
        Find(lost, "lost", entry, findings);
        Find(again > 0, $"handed over {handed} times", entry, findings);
        Find(unexpected, "handed over, but never accepted", entry, findings);
        Find(wrong > 0, "handed over to another device", entry, findings);
        Find(moved, "handed over in another place than the publisher was told", entry, findings);
        return report with
        {
            Attempted = report.Attempted + (entry.Device is null ? 0 : 1),
            Accepted = report.Accepted + (accepted ? 1 : 0),
            Unknown = report.Unknown + (unknown ? 1 : 0),
            Recovered = report.Recovered + (unknown && handed > 0 ? 1 : 0),
            Ended = report.Ended + (accepted && handed == 0 && entry.Ended ? 1 : 0),
            Lost = report.Lost + (lost ? 1 : 0),
            LostWithStore = report.LostWithStore + (excused ? 1 : 0),
            DupHanded = report.DupHanded + again,
            DupAfterFlush = report.DupAfterFlush + repeated,
            DupOtherClient = report.DupOtherClient + Math.Max(0, handed - 1 - again - repeated),
            OutOfOrder = report.OutOfOrder + (moved ? 1 : 0),
            Unexpected = report.Unexpected + (unexpected ? 1 : 0),
            WrongDevice = report.WrongDevice + wrong,
        };
    }

    private static void Find(bool found, string what, CheckedMessage entry, List<string> findings)
    {
        if (found && findings.Count < DeliveryChecker.FindingsMax)
        {
            var places = string.Join(", ", entry.HandedTo.Select(h => $"{h.Device} {h.Place.Stream}:{h.Place.Seq}"));
            findings.Add($"{entry.Value} of {entry.Device} at {entry.Place.Stream}:{entry.Place.Seq}: {what} [{places}]");
        }
    }
}
