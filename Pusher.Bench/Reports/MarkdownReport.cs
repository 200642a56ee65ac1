using System.Globalization;
using System.Text;
using Pusher.Bench.Runs;

namespace Pusher.Bench.Reports;

/// <summary>The part of a page that says what was measured: machine, tables, plots, and what went wrong.</summary>
internal static class MarkdownReport
{
    private static readonly FigureRow[] Rows =
    [
        new("idle_rss_bytes", "memory of an idle device, B"),
        new("logins_per_core", "logins/s on one core"),
        new("login_cpu_us", "CPU of a login, us"),
        new("cpu_us_per_message", "CPU per message, full load, us"),
        new("message_rate", "messages/s, full load"),
        new("paced_cpu_us_per_message", "CPU per message, fixed rate, us"),
        new("paced_p50_us", "p50, fixed rate, us"),
        new("paced_p99_us", "p99, fixed rate, us"),
        new("allocated_bytes_per_message", "garbage per message, B"),
        new("qos0_cpu_us_per_message", "QoS 0: CPU per message, full load, us"),
        new("qos0_message_rate", "QoS 0: messages/s, full load"),
        new("qos0_paced_cpu_us_per_message", "QoS 0: CPU per message, fixed rate, us"),
        new("qos0_paced_p50_us", "QoS 0: p50, fixed rate, us"),
        new("qos0_paced_p99_us", "QoS 0: p99, fixed rate, us"),
        new("qos0_allocated_bytes_per_message", "QoS 0: garbage per message, B"),
        new("fanout_cpu_us_per_delivery", "fan-out: CPU per delivery, us"),
        new("fanout_rate", "fan-out: deliveries/s"),
        new("fanout_last_p50_us", "fan-out: until the last device has it, p50, us"),
        new("broker_cpu_us_per_message", "the broker's CPU per message, full load, us"),
        new("paced_broker_cpu_us_per_message", "the broker's CPU per message, fixed rate, us"),
    ];

    public static string Build(IReadOnlyList<Figure> figures, MachineInfo machine, IReadOnlyList<RunRecord> records, IReadOnlyList<PlotFile> plots)
    {
        var text = new StringBuilder();
        AppendMachine(text, machine);
        AppendTable(text, figures);
        AppendConnections(text, figures);
        foreach (var plot in plots)
        {
            text.Append(CultureInfo.InvariantCulture, $"![{plot.Title}]({plot.File})\n\n");
        }

        AppendProblems(text, records);
        return text.ToString();
    }

    private static void AppendMachine(StringBuilder text, MachineInfo machine)
        => text.Append(
            CultureInfo.InvariantCulture,
            $"""
            Commit {machine.Commit}, {machine.Date}. {machine.Processor}, {machine.Cores} cores, Linux {machine.Kernel}, {machine.Runtime}. {machine.Rounds} rounds of {machine.Devices:N0} devices, {machine.PayloadBytes}-byte messages, {machine.Seconds} s each part, fixed rate {machine.Rate:N0}/s. Medians; in brackets the median of the ratios to the floor in the same round.


            """);

    private static void AppendTable(StringBuilder text, IReadOnlyList<Figure> figures)
    {
        var subjects = figures.Select(f => f.Subject).Distinct().ToArray();
        text.Append("| figure | ").AppendJoin(" | ", subjects).Append(" |\n| --- |").Append(string.Concat(subjects.Select(_ => " --- |"))).Append('\n');
        foreach (var row in Rows)
        {
            var cells = subjects.Select(subject => figures.FirstOrDefault(f => f.Subject == subject && f.Name == row.Name)).ToArray();
            if (cells.Any(cell => cell is not null))
            {
                text.Append("| ").Append(row.Title).Append(" | ").AppendJoin(" | ", cells.Select(Cell)).Append(" |\n");
            }
        }

        text.Append('\n');
    }

    private static string Cell(Figure? figure)
    {
        if (figure is null)
        {
            return "";
        }

        var ratios = figure.Ratios.Select(r => r.Key.EndsWith("_acked", StringComparison.Ordinal) ? $"{Ratio(r.Value)} of acked" : Ratio(r.Value));
        return FigureLine.Number(figure.Value) + (figure.Ratios.Count > 0 ? $" ({string.Join(", ", ratios)})" : "");
    }

    private static string Ratio(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);

    private static void AppendConnections(StringBuilder text, IReadOnlyList<Figure> figures)
    {
        const string Prefix = "idle_rss_bytes_at_";
        var points = figures.Where(f => f.Name.StartsWith(Prefix, StringComparison.Ordinal)).ToArray();
        if (points.Length == 0)
        {
            return;
        }

        text.Append("Memory of one more idle device, from the first tenth of the connections to all of them:\n\n| connections | B |\n| --- | --- |\n");
        foreach (var point in points)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {point.Name[Prefix.Length..]} ({point.Subject}) | {FigureLine.Number(point.Value)} |\n");
        }

        text.Append('\n');
    }

    private static void AppendProblems(StringBuilder text, IReadOnlyList<RunRecord> records)
    {
        var problems = records.SelectMany(r => r.Problems.Select(p => $"round {r.Round}, {r.Subject} {r.Part}: {p}")).ToArray();
        if (problems.Length > 0)
        {
            text.Append("What went wrong in these runs, whose figures are counted all the same:\n\n");
            foreach (var problem in problems)
            {
                text.Append("* ").Append(problem.ReplaceLineEndings(" ")).Append('\n');
            }
        }
    }
}
