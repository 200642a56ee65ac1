namespace Pusher.Bench.Reports;

/// <summary>One row of a table: a figure's name and what people call it.</summary>
internal sealed record FigureRow(string Name, string Title);
