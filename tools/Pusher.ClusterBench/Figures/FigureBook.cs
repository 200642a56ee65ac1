using System.Globalization;

namespace Pusher.ClusterBench.Figures;

/// <summary>The figures of one part, over its rounds.</summary>
internal sealed class FigureBook
{
    private readonly List<string> _order = [];
    private readonly Dictionary<string, Figure> _figures = [];

    public void Add(string name, double value, string unit, Aim? aim = null, Fold fold = Fold.Median)
    {
        if (!_figures.TryGetValue(name, out var figure))
        {
            _order.Add(name);
            _figures[name] = figure = new Figure(name, unit, aim, fold);
        }

        figure.Add(value);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name} {value:0.###} {unit}"));
    }

    /// <summary>Each a line of standard output.</summary>
    public void Print()
    {
        foreach (var name in _order)
        {
            Console.Out.WriteLine(_figures[name]);
        }
    }
}
