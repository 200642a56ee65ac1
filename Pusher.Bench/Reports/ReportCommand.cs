using Pusher.Bench.Runs;

namespace Pusher.Bench.Reports;

/// <summary><c>report</c>: from the records of runs to tables and plots.</summary>
internal static class ReportCommand
{
    private const int ExitUsage = 2;
    private const int ExitMissing = 3;

    /// <summary><c>report DIR... [--doc FILE]</c>: report.md and PNG files into the directories, or into the marked sections of FILE and img/ beside it.</summary>
    public static int Run(string[] arguments)
    {
        var at = Array.IndexOf(arguments, "--doc");
        var page = at >= 0 ? arguments.ElementAtOrDefault(at + 1) : null;
        string[] directories = at >= 0 ? [.. arguments[..at], .. arguments.Skip(at + 2)] : arguments;
        if (directories.Length == 0 || directories.Any(d => d.StartsWith('-')) || (at >= 0 && page is null))
        {
            Console.Error.WriteLine("usage: report DIR... [--doc FILE]   DIR: the --out of 'transport' or 'peers'");
            return ExitUsage;
        }

        try
        {
            foreach (var directory in directories)
            {
                Write(directory, page);
            }

            return 0;
        }
        catch (Exception e) when (e is BenchException or IOException)
        {
            Console.Error.WriteLine($"report: {e.Message}");
            return ExitMissing;
        }
    }

    private static void Write(string directory, string? page)
    {
        var records = RunLog.Read(directory);
        if (records.Count == 0)
        {
            throw new BenchException($"{directory} has no records: the run was interrupted before its first part ended");
        }

        var bench = records[0].Bench;
        var figures = FigureTable.Summarize(records, Baselines(bench));
        var images = page is null ? directory : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(page))!, "img");
        Directory.CreateDirectory(images);
        var plots = Plots.Write(figures, images, bench);
        var text = MarkdownReport.Build(figures, MachineInfo.Read(directory), records, [.. plots.Select(plot => plot with { File = page is null ? plot.File : $"img/{plot.File}" })]);
        if (page is null)
        {
            File.WriteAllText(Path.Combine(directory, "report.md"), text);
        }
        else
        {
            File.WriteAllText(page, MarkedSection.Replace(File.ReadAllText(page), bench, text));
        }
    }

    private static Dictionary<string, string> Baselines(string bench)
        => (bench == "peers" ? PeerSubjects.All(new BenchOptions()) : BenchCommand.TransportSubjects(new BenchOptions())).ToDictionary(s => s.Name, s => s.Baseline);
}
