using Pusher.Bench.Runs;

namespace Pusher.Bench.Reports;

/// <summary>
/// From the records of a bench to its figures. A figure is related to the baseline's of the same round: what slows the machine down for a
/// minute slows both.
/// </summary>
internal static class FigureTable
{
    private const string Unacknowledged = "qos0_";

    /// <param name="records">In any order; of several values of a figure in one round the last counts.</param>
    /// <param name="baselines">The baseline of each subject.</param>
    public static IReadOnlyList<Figure> Summarize(IReadOnlyList<RunRecord> records, IReadOnlyDictionary<string, string> baselines)
    {
        var values = new Dictionary<(string Subject, string Name), Dictionary<int, double>>();
        foreach (var record in records)
        {
            foreach (var (name, value) in record.Figures)
            {
                var key = (record.Subject, name);
                (values.TryGetValue(key, out var rounds) ? rounds : values[key] = [])[record.Round] = value;
            }
        }

        var bench = records.Count > 0 ? records[0].Bench : "";
        return [.. values.Select(figure => Summarize(bench, figure.Key.Subject, figure.Key.Name, figure.Value, baselines, values))];
    }

    private static Figure Summarize(
        string bench,
        string subject,
        string name,
        Dictionary<int, double> rounds,
        IReadOnlyDictionary<string, string> baselines,
        Dictionary<(string Subject, string Name), Dictionary<int, double>> all)
    {
        var ratios = new Dictionary<string, double>();
        if (baselines.TryGetValue(subject, out var baseline) && baseline != subject)
        {
            AddRatio(ratios, $"ratio_to_{baseline}", rounds, all.GetValueOrDefault((baseline, name)));
        }

        if (baseline is not null && name.StartsWith(Unacknowledged, StringComparison.Ordinal))
        {
            AddRatio(ratios, $"ratio_to_{baseline}_acked", rounds, all.GetValueOrDefault((baseline, name[Unacknowledged.Length..])));
        }

        return new Figure(bench, subject, name, Median.Of(rounds.Values), ratios, rounds.Count);
    }

    private static void AddRatio(Dictionary<string, double> ratios, string name, Dictionary<int, double> rounds, Dictionary<int, double>? baseline)
    {
        var each = rounds.Where(r => baseline?.GetValueOrDefault(r.Key) > 0).Select(r => r.Value / baseline![r.Key]).ToArray();
        if (each.Length > 0)
        {
            ratios[name] = Median.Of(each);
        }
    }
}
