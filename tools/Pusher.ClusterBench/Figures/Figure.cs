using System.Globalization;

namespace Pusher.ClusterBench.Figures;

/// <summary>One line of the result: a value from each round.</summary>
internal sealed class Figure(string name, string unit, Aim? aim, Fold fold)
{
    private readonly List<double> _values = [];

    public void Add(double value) => _values.Add(value);

    /// <summary><c>bench cluster.NAME VALUE UNIT [aim BOUND reached|missed]</c>.</summary>
    public override string ToString()
    {
        var value = Value();
        var rounds = _values.Count > 1 && fold == Fold.Median ? string.Create(CultureInfo.InvariantCulture, $", median of {_values.Count}: {_values.Min():0.###} to {_values.Max():0.###}") : "";
        var verdict = aim is null ? "" : $" aim {aim} {(aim.IsReachedBy(value) ? "reached" : "missed")}";
        return string.Create(CultureInfo.InvariantCulture, $"bench cluster.{name} {Math.Round(value, value < 10 ? 3 : 1)} {unit}{rounds}{verdict}");
    }

    private double Value()
    {
        var sorted = _values.Order().ToArray();
        return fold switch
        {
            Fold.Sum => sorted.Sum(),
            Fold.Largest => sorted[^1],
            _ => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2,
        };
    }
}
