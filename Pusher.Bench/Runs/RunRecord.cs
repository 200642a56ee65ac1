namespace Pusher.Bench.Runs;

/// <summary>One part of one server in one round: a line of runs.jsonl.</summary>
/// <param name="Bench"><c>transport</c> or <c>peers</c>.</param>
/// <param name="Round">From 1.</param>
/// <param name="Subject">The server.</param>
/// <param name="Part">What was done.</param>
/// <param name="Figures">By name; units stand in <see cref="FigureUnits"/>.</param>
/// <param name="Problems">What was wrong with the run; its figures are kept all the same, and counted.</param>
internal sealed record RunRecord(string Bench, int Round, string Subject, string Part, IReadOnlyDictionary<string, double> Figures, IReadOnlyList<string> Problems);
