using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Pusher.Bench.Allocations;

namespace Pusher.Bench.Suites;

/// <summary>Runs the suites under BenchmarkDotNet, or counts only what they allocate.</summary>
internal static class SuitesCommand
{
    /// <summary><c>[--filter PATTERN]… [--short] [--artifacts DIR]</c>; a pattern may have <c>*</c>. Ends with one line a figure on standard output.</summary>
    public static int Run(string[] arguments)
    {
        if (!SuitesArguments.TryParse(arguments, out var wanted))
        {
            return 2;
        }

        var config = DefaultConfig.Instance.WithArtifactsPath(wanted.Artifacts).AddJob(Job(wanted.IsShort));
        var summaries = BenchmarkSwitcher.FromTypes(SuiteCatalogue.Suites).Run(["--filter", .. wanted.Patterns], config);
        var failed = summaries.Count(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success));
        foreach (var report in summaries.SelectMany(summary => summary.Reports).Where(report => report.Success))
        {
            var target = report.BenchmarkCase.Descriptor;
            Print($"{target.Type.Name}.{target.WorkloadMethod.Name}", report.ResultStatistics!.Median, "ns");
            Print($"{target.Type.Name}.{target.WorkloadMethod.Name}.allocated", report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0, "B");
        }

        return failed == 0 && summaries.Any() ? 0 : 1;
    }

    /// <summary>Prints <c>NAME BYTES</c> for every benchmark of the suites that are named, or of all.</summary>
    public static int CountAllocations(string[] suites)
    {
        foreach (var benchmark in SuiteCatalogue.Suites.Where(suite => suites.Length == 0 || suites.Contains(suite.Name)).SelectMany(AllocationCase.Of))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{benchmark.Name} {AllocationMeter.Measure(benchmark):0.###}"));
        }

        return 0;
    }

    // In this process: the suites need no isolation that would be worth a build for each of them.
    private static Job Job(bool isShort)
        => (isShort ? BenchmarkDotNet.Jobs.Job.ShortRun : BenchmarkDotNet.Jobs.Job.Default).WithToolchain(InProcessEmitToolchain.Instance);

    private static void Print(string name, double value, string unit)
        => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bench suites.{name} {value:0.##} {unit}"));
}
