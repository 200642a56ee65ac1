using Pusher.Torture.Faults;

namespace Pusher.Torture.Report;

/// <summary>The result for people and scripts.</summary>
internal static class ResultPrinter
{
    public static void Print(TortureResult result)
    {
        foreach (var fault in result.Faults)
        {
            Console.Out.WriteLine($"fault {fault}");
        }

        foreach (var finding in result.Report.Findings)
        {
            Console.Error.WriteLine($"found: {finding}");
        }

        foreach (var device in result.OwnedTwice)
        {
            Console.Error.WriteLine($"found: two clients own {device}");
        }

        if (result.Problem is { } problem)
        {
            Console.Error.WriteLine($"torture: {problem}");
        }

        Console.Out.WriteLine($"faults seed={result.Options.Seed} {string.Join(' ', result.Options.Faults.Select(kind => $"{FaultKinds.NameOf(kind)}={result.Faults.Count(fault => fault.Kind == kind)}"))}");
        Console.Out.WriteLine($"torture: {result.Report} owned_twice={result.OwnedTwice.Count} lost_with_store={result.Report.LostWithStore} dup_after_flush={result.Report.DupAfterFlush} dup_other_client={result.Report.DupOtherClient}");
    }
}
