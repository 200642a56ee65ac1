using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace Pusher.Bench.Allocations;

/// <summary>One benchmark method, as BenchmarkDotNet would run it.</summary>
/// <param name="Suite">The class.</param>
/// <param name="Method">Its method; without parameters.</param>
internal sealed record AllocationCase(Type Suite, MethodInfo Method)
{
    /// <summary><c>Suite.Method</c>, as in the budget file.</summary>
    public string Name => $"{Suite.Name}.{Method.Name}";

    /// <summary>Operations of one call.</summary>
    public int OperationsPerInvoke => Method.GetCustomAttribute<BenchmarkAttribute>()!.OperationsPerInvoke;

    /// <summary>The benchmarks of a class, in the order of their names.</summary>
    public static IEnumerable<AllocationCase> Of(Type suite)
        => suite.GetMethods()
            .Where(method => method.GetCustomAttribute<BenchmarkAttribute>() is not null)
            .OrderBy(method => method.Name, StringComparer.Ordinal)
            .Select(method => new AllocationCase(suite, method));
}
