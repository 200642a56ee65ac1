using System.Globalization;
using ScottPlot;

namespace Pusher.Bench.Reports;

/// <summary>The pictures of a report: latency by percentile, and processor time by server.</summary>
internal static class Plots
{
    private const int Width = 900;
    private const int Height = 500;

    private static readonly (string Suffix, string Label)[] Percentiles = [("p50", "50"), ("p90", "90"), ("p99", "99"), ("p999", "99.9"), ("max", "max")];

    /// <summary>Writes PNG files into a directory; those for which there is no figure are left out.</summary>
    public static IReadOnlyList<PlotFile> Write(IReadOnlyList<Figure> figures, string directory, string bench)
    {
        var plots = new List<PlotFile>();
        Add(Latency(figures, ""), "latency", "Latency at the fixed rate, by percentile");
        Add(Latency(figures, "qos0_"), "latency-qos0", "QoS 0: latency at the fixed rate, by percentile");
        Add(Bars(figures, "cpu_us_per_message", "us per message"), "cpu", "CPU of the server per message, full load");
        Add(Bars(figures, "qos0_cpu_us_per_message", "us per message"), "cpu-qos0", "QoS 0: CPU of the server per message, full load");
        Add(Bars(figures, "fanout_cpu_us_per_delivery", "us per delivery"), "fanout", "Fan-out: CPU of the server per delivery");
        return plots;

        void Add(Plot? plot, string name, string title)
        {
            if (plot is not null)
            {
                plot.Title(title);
                plot.SavePng(Path.Combine(directory, $"{bench}-{name}.png"), Width, Height);
                plots.Add(new PlotFile($"{bench}-{name}.png", title));
            }
        }
    }

    // Both axes are made by hand: positions 0, 1, 2, … for the percentiles, powers of ten for the time.
    private static Plot? Latency(IReadOnlyList<Figure> figures, string prefix)
    {
        var plot = new Plot();
        foreach (var subject in figures.Select(f => f.Subject).Distinct())
        {
            var points = Percentiles
                .Select((percentile, at) => (At: (double)at, Value: Value(figures, subject, $"{prefix}paced_{percentile.Suffix}_us")))
                .Where(point => point.Value > 0)
                .ToArray();
            if (points.Length > 0)
            {
                plot.Add.Scatter(points.Select(p => p.At).ToArray(), points.Select(p => Math.Log10(p.Value)).ToArray()).LegendText = subject;
            }
        }

        if (!plot.GetPlottables().Any())
        {
            return null;
        }

        plot.Axes.Bottom.SetTicks([.. Percentiles.Select((_, at) => (double)at)], [.. Percentiles.Select(p => p.Label)]);
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic
        {
            MinorTickGenerator = new ScottPlot.TickGenerators.LogMinorTickGenerator(),
            IntegerTicksOnly = true,
            LabelFormatter = power => Math.Pow(10, power).ToString("#,0.###", CultureInfo.InvariantCulture),
        };
        plot.XLabel("percentile of the messages");
        plot.YLabel("us from due to delivered");
        plot.ShowLegend(Alignment.LowerRight);
        return plot;
    }

    private static Plot? Bars(IReadOnlyList<Figure> figures, string name, string unit)
    {
        var found = figures.Where(f => f.Name == name).ToArray();
        if (found.Length == 0)
        {
            return null;
        }

        var plot = new Plot();
        var bars = plot.Add.Bars([.. found.Select(f => f.Value)]);
        foreach (var (bar, figure) in bars.Bars.Zip(found))
        {
            bar.Label = FigureLine.Number(figure.Value);
        }

        plot.Axes.Bottom.SetTicks([.. found.Select((_, at) => (double)at)], [.. found.Select(f => f.Subject.Replace('-', '\n'))]);
        plot.Axes.Margins(bottom: 0);
        plot.YLabel(unit);
        return plot;
    }

    private static double Value(IReadOnlyList<Figure> figures, string subject, string name)
        => figures.FirstOrDefault(f => f.Subject == subject && f.Name == name)?.Value ?? double.NaN;
}
