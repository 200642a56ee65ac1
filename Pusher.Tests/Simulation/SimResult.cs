namespace Pusher.Tests.Simulation;

/// <summary>How one seed ended.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Report">The checker's verdict.</param>
/// <param name="Violations">Broken invariants.</param>
/// <param name="TraceHash">Equal for equal runs.</param>
/// <param name="Events">Events that ran.</param>
/// <param name="VirtualMs">How long it took in virtual time.</param>
/// <param name="Halts">Devices that a person had to start again.</param>
/// <param name="Trace">The trace as text; empty unless asked for.</param>
public sealed record SimResult(
    ulong Seed,
    DeliveryReport Report,
    IReadOnlyList<string> Violations,
    ulong TraceHash,
    long Events,
    long VirtualMs,
    int Halts,
    IReadOnlyList<string> Trace)
{
    public bool IsGreen => Report.IsClean && Violations.Count == 0;
}
