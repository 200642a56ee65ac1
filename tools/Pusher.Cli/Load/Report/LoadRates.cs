using System.Diagnostics;
using System.Globalization;

namespace Pusher.Cli.Load.Report;

/// <summary>The figures of the measured time: the difference of two snapshots.</summary>
internal sealed class LoadRates(LoadReport report, LoadOptions options)
{
    /// <param name="before">When measuring began.</param>
    /// <param name="after">When it ended.</param>
    /// <param name="isCut">The run ended early: then its rate says nothing.</param>
    public void Add(ServerSnapshot before, ServerSnapshot after, bool isCut)
    {
        var seconds = Stopwatch.GetElapsedTime(before.At, after.At).TotalSeconds;
        var handed = after.Handed - before.Handed;
        report.Add("published_rate", (after.Published - before.Published) / seconds, "msg/s");
        report.Add("accepted_rate", (after.Accepted - before.Accepted) / seconds, "msg/s");
        report.Add("delivered_rate", handed / seconds, "msg/s");
        report.Add("acked_rate", Grown(before, after, ServerMetrics.Acks) / seconds, "msg/s, says the server");
        report.Add("server_cpu", (after.Cpu - before.Cpu)?.TotalMicroseconds / handed, "us/msg");
        report.Add("server_cpu_share", (after.Cpu - before.Cpu)?.TotalSeconds / seconds * 100, "% of one processor");
        report.Add("load_cpu", (after.OwnCpu - before.OwnCpu).TotalMicroseconds / handed, "us/msg of this process; at a rate it polls");
        report.Add("server_rss", after.ResidentBytes / 1024.0, "KiB");
        report.Add("server_allocated", Grown(before, after, ServerMetrics.AllocatedBytes) / handed, "B/msg, whole server");
        report.Add("server_gc_pause", Grown(before, after, ServerMetrics.PauseSeconds) * 1_000 / seconds, "ms/s");
        if (options.Rate > 0 && !isCut)
        {
            CheckRate(after.Published - before.Published, seconds, "messages");
        }
    }

    /// <summary>The same for logins.</summary>
    public void AddChurn(ServerSnapshot before, ServerSnapshot after, bool isCut)
    {
        var logins = after.Logins - before.Logins;
        var seconds = Stopwatch.GetElapsedTime(before.At, after.At).TotalSeconds;
        report.Add("churn_rate", logins / seconds, "logins/s");
        report.Add("churn_cpu", (after.Cpu - before.Cpu)?.TotalMicroseconds / logins, "us/login of the server");
        if (!isCut)
        {
            CheckRate(logins, seconds, "logins");
        }
    }

    // A twentieth may be missing, and a few that were under way at either end.
    private void CheckRate(long reached, double seconds, string what)
    {
        const int UnderWay = 10;
        if (reached + UnderWay < 0.95 * options.Rate * seconds)
        {
            report.AddProblem(string.Create(
                CultureInfo.InvariantCulture,
                $"The rate asked for was not reached: {reached / seconds:0} of {options.Rate:0} {what}/s. Latencies count from when a message was due, so they show the backlog and not the server; ask for less, or use more machines."));
        }
    }

    private static double? Grown(ServerSnapshot before, ServerSnapshot after, string metric)
        => after.Metrics.TryGetValue(metric, out var value) && before.Metrics.TryGetValue(metric, out var was) ? value - was : null;
}
