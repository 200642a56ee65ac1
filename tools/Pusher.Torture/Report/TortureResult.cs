using Pusher.Local.Checking;
using Pusher.Torture.Faults;

namespace Pusher.Torture.Report;

/// <summary>How a run ended.</summary>
/// <param name="Options">What was asked for.</param>
/// <param name="Report">The checker's.</param>
/// <param name="Faults">What was done.</param>
/// <param name="OwnedTwice">Devices that two clients believed to own when all was at rest.</param>
/// <param name="Problem">Why the run says nothing; null = it does.</param>
internal sealed record TortureResult(TortureOptions Options, DeliveryReport Report, IReadOnlyList<FaultDone> Faults, IReadOnlyList<string> OwnedTwice, string? Problem)
{
    /// <summary>Nothing was lost, handed over twice, out of order or misdirected, and something happened.</summary>
    public bool IsGood => Report.IsClean && Report.Accepted > 0 && OwnedTwice.Count == 0 && Problem is null;
}
