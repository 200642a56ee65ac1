using System.Diagnostics;
using System.Globalization;
using Pusher.Bench.Allocations;
using Pusher.Bench.Suites;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Bench;

/// <summary>Every benchmark keeps its budget, as <c>Pusher.Bench allocations</c> measures it in a process of its own.</summary>
public sealed class AllocationBudgetTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly AllocationBudgets _budgets = new(new Dictionary<string, double> { ["A.Lean"] = 0, ["A.Fat"] = 72 });

    [Fact]
    public async Task Suites_Allocations_KeepTheirBudgets()
    {
        var measured = await MeasureAsync(nats: "");
        Assert.True(measured.Count > 10, "the suites are not there");
        Assert.Empty(Budgets().Where(name => !IsOfNats(name)).Check(measured));
    }

    /// <summary>What is left are strings: the subject and the reply subject, which the NATS client makes, and the publisher id.</summary>
    [Fact]
    public async Task NatsSuite_Allocations_KeepTheirBudgets()
    {
        await using var nats = await NatsServerProcess.StartNewAsync();
        var measured = await MeasureAsync(nats.Url, nameof(NatsSuite));
        Assert.NotEmpty(measured);
        Assert.Empty(Budgets().Where(IsOfNats).Check(measured));
    }

    [Fact]
    public void Check_WithinBudget_IsSilent()
        => Assert.Empty(_budgets.Check(new Dictionary<string, double> { ["A.Lean"] = 0.1, ["A.Fat"] = 72 }));

    [Fact]
    public void Check_OverBudget_NamesTheBenchmark()
        => Assert.Contains("A.Lean allocates 1 B", Assert.Single(_budgets.Check(new Dictionary<string, double> { ["A.Lean"] = 1, ["A.Fat"] = 71 })));

    [Fact]
    public void Check_BenchmarkWithoutBudget_NamesIt()
        => Assert.Contains("A.New", Assert.Single(_budgets.Check(new Dictionary<string, double> { ["A.Lean"] = 0, ["A.Fat"] = 0, ["A.New"] = 0 })));

    [Fact]
    public void Check_BudgetWithoutBenchmark_NamesIt()
        => Assert.Contains("A.Fat", Assert.Single(_budgets.Check(new Dictionary<string, double> { ["A.Lean"] = 0 })));

    private static bool IsOfNats(string benchmark) => benchmark.StartsWith(nameof(NatsSuite), StringComparison.Ordinal);

    private static AllocationBudgets Budgets() => AllocationBudgets.Read(RepositoryRoot.File("Pusher.Bench", AllocationBudgets.FileName));

    // Optimized code from the first call on: the quick code of a first tier boxes what the final code does not.
    private static async Task<Dictionary<string, double>> MeasureAsync(string nats, params string[] suites)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Pusher.Bench.dll"));
        foreach (var argument in (string[])["allocations", .. suites])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["DOTNET_TieredCompilation"] = "0";
        start.Environment.Remove(NatsSuite.UrlVariable);
        if (nats.Length > 0)
        {
            start.Environment[NatsSuite.UrlVariable] = nats;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("The benchmarks did not start.");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Deadline);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(deadline.Token);
            var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            Assert.True(process.ExitCode == 0, await errors);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' '))
                .ToDictionary(parts => parts[0], parts => double.Parse(parts[1], CultureInfo.InvariantCulture));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
