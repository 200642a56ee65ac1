using Pusher.Bench.Reports;
using Pusher.Bench.Runs;
using Xunit;

namespace Pusher.Tests.Bench.Reports;

public sealed class ReportCommandTests : IDisposable
{
    private static readonly byte[] PngSignature = [0x89, (byte)'P', (byte)'N', (byte)'G'];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pusher-report-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Run_WithPage_ReplacesItsSectionAndDrawsThePlots()
    {
        var runs = WriteRuns();
        var page = Path.Combine(_directory.FullName, "PERFORMANCE.md");
        File.WriteAllText(page, "# Before\n<!-- begin transport: by a tool -->\nold\n<!-- end transport -->\nAfter\n<!-- begin peers: by a tool -->\n<!-- end peers -->\n");
        Assert.Equal(0, ReportCommand.Run([runs, "--doc", page]));
        var text = File.ReadAllText(page);
        Assert.StartsWith("# Before\n<!-- begin transport: by a tool -->\n", text, StringComparison.Ordinal);
        Assert.EndsWith("<!-- end transport -->\nAfter\n<!-- begin peers: by a tool -->\n<!-- end peers -->\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("old", text, StringComparison.Ordinal);
        Assert.Contains("| figure | floor | epoll |", text, StringComparison.Ordinal);
        Assert.Contains("| CPU per message, full load, us | 10.0 | 11.0 (1.10) |", text, StringComparison.Ordinal);
        Assert.Contains("| 1000 (epoll) | 480 |", text, StringComparison.Ordinal);
        Assert.Contains("* round 1, epoll full: two devices left", text, StringComparison.Ordinal);
        Assert.Contains("Commit abc", text, StringComparison.Ordinal);
        foreach (var plot in new[] { "transport-latency.png", "transport-cpu.png" })
        {
            Assert.Contains($"(img/{plot})", text, StringComparison.Ordinal);
            Assert.Equal(PngSignature, File.ReadAllBytes(Path.Combine(_directory.FullName, "img", plot))[..4]);
        }

        Assert.DoesNotContain("fanout.png", text, StringComparison.Ordinal); // nothing was measured of it
    }

    [Fact]
    public void Run_WithoutPage_WritesBesideTheRuns()
    {
        var runs = WriteRuns();
        Assert.Equal(0, ReportCommand.Run([runs]));
        Assert.Contains("(transport-cpu.png)", File.ReadAllText(Path.Combine(runs, "report.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_NoSuchRun_SaysSo() => Assert.Equal(3, ReportCommand.Run([Path.Combine(_directory.FullName, "nothing")]));

    [Fact]
    public void Run_WithoutDirectory_IsWrongUsage() => Assert.Equal(2, ReportCommand.Run([]));

    [Fact]
    public void Replace_PageWithoutTheMarks_IsRefused()
        => Assert.Throws<BenchException>(() => MarkedSection.Replace("<!-- begin peers: x -->\n", "peers", "text"));

    private string WriteRuns()
    {
        var runs = _directory.CreateSubdirectory("runs").FullName;
        new MachineInfo("abc", "2030-01-02 03:04 UTC", "A processor", 2, "6.1", ".NET 10", 1, 10, 1, 128, 100).Write(runs);
        foreach (var (subject, cpu) in new[] { ("floor", 10.0), ("epoll", 11.0) })
        {
            var figures = new Dictionary<string, double> { ["cpu_us_per_message"] = cpu, ["paced_p50_us"] = 30 * cpu, ["paced_p99_us"] = 90 * cpu, ["paced_max_us"] = 1_000 * cpu };
            RunLog.Append(runs, new RunRecord("transport", 1, subject, "full", figures, subject == "epoll" ? ["two devices left"] : []));
        }

        RunLog.Append(runs, new RunRecord("transport", 1, "epoll", "idle_1000", new Dictionary<string, double> { ["idle_rss_bytes_at_1000"] = 480 }, []));
        return runs;
    }
}
