using System.Globalization;
using System.Text.Json;

namespace Pusher.Bench.Allocations;

/// <summary>
/// What each benchmark may allocate per operation, in bytes: a JSON object of benchmark names. A budget is a promise that a change may only break on purpose,
/// by changing the file.
/// </summary>
internal sealed class AllocationBudgets(IReadOnlyDictionary<string, double> bytesMax)
{
    /// <summary>The file that lies beside the benchmarks.</summary>
    public const string FileName = "allocation-budgets.json";

    /// <summary>Less than this over the budget is the noise of the runtime's own threads, spread over some thousand operations.</summary>
    private const double ToleranceBytes = 0.5;

    /// <exception cref="InvalidDataException">The file is not an object of numbers.</exception>
    public static AllocationBudgets Read(string path)
        => new(JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(path)) ?? throw new InvalidDataException($"{path} is empty."));

    /// <summary>The budgets of some benchmarks.</summary>
    public AllocationBudgets Where(Func<string, bool> name) => new(bytesMax.Where(budget => name(budget.Key)).ToDictionary());

    /// <summary>What is wrong, one line each: a benchmark over its budget or without one, a budget without a benchmark.</summary>
    public IEnumerable<string> Check(IReadOnlyDictionary<string, double> measured)
    {
        foreach (var (name, bytes) in measured)
        {
            if (!bytesMax.TryGetValue(name, out var budget))
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{name} allocates {bytes:0.##} B and has no budget: add it to {FileName}");
            }
            else if (bytes > budget + ToleranceBytes)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{name} allocates {bytes:0.##} B per operation, its budget is {budget:0.##} B");
            }
        }

        foreach (var name in bytesMax.Keys.Except(measured.Keys))
        {
            yield return $"{name} has a budget and is no benchmark: take it out of {FileName}";
        }
    }
}
