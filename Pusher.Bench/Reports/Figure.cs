namespace Pusher.Bench.Reports;

/// <summary>One figure over all rounds.</summary>
/// <param name="Bench"><c>transport</c> or <c>peers</c>.</param>
/// <param name="Subject">The server.</param>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The median of the rounds.</param>
/// <param name="Ratios">By the name of what it is related to: the median of the rounds' own ratios, not the ratio of the medians.</param>
/// <param name="Rounds">In how many rounds it was measured.</param>
internal sealed record Figure(string Bench, string Subject, string Name, double Value, IReadOnlyDictionary<string, double> Ratios, int Rounds);
