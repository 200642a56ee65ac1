namespace Pusher.Bench.Reports;

/// <summary>A picture that was written, and what it shows.</summary>
internal sealed record PlotFile(string File, string Title);
