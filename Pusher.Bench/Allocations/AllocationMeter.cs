using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace Pusher.Bench.Allocations;

/// <summary>
/// Measures what a benchmark allocates per operation, in this process and in a fraction of a second: the same methods that
/// BenchmarkDotNet runs, called until warm and then counted. Counts the whole process, because the store and the reactors work on threads of
/// their own; so nothing else may run meanwhile.
/// </summary>
internal static class AllocationMeter
{
    private const int Rounds = 5;
    private const int OperationsPerRound = 4096;
    private const int OperationsToWarmUp = 2 * OperationsPerRound;

    /// <summary>Bytes per operation, of the round with the fewest: a timer of the runtime or a table that doubles hits one round, waste hits all.</summary>
    public static double Measure(AllocationCase benchmark)
    {
        var suite = Activator.CreateInstance(benchmark.Suite) ?? throw new InvalidOperationException($"{benchmark.Suite} cannot be made.");
        RunAll<GlobalSetupAttribute>(suite);
        try
        {
            var call = Call(benchmark, suite);
            Repeat(call, OperationsToWarmUp / benchmark.OperationsPerInvoke);
            var fewest = double.MaxValue;
            for (var round = 0; round < Rounds; round++)
            {
                fewest = Math.Min(fewest, Count(call, Math.Max(1, OperationsPerRound / benchmark.OperationsPerInvoke)) / benchmark.OperationsPerInvoke);
            }

            return fewest;
        }
        finally
        {
            RunAll<GlobalCleanupAttribute>(suite);
        }
    }

    // Bytes per call.
    private static double Count(Action call, int calls)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Repeat(call, calls);
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)calls;
    }

    private static void Repeat(Action call, int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            call();
        }
    }

    // A result is thrown away, but must not be boxed on the way.
    private static Action Call(AllocationCase benchmark, object suite)
    {
        var type = benchmark.Method.ReturnType;
        if (type == typeof(void))
        {
            return benchmark.Method.CreateDelegate<Action>(suite);
        }

        var discard = typeof(AllocationMeter).GetMethod(nameof(Discard), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type);
        return (Action)discard.Invoke(null, [benchmark.Method.CreateDelegate(typeof(Func<>).MakeGenericType(type), suite)])!;
    }

    private static Action Discard<T>(Func<T> method) => () => method();

    private static void RunAll<TAttribute>(object suite)
        where TAttribute : Attribute
    {
        foreach (var method in suite.GetType().GetMethods().Where(m => m.GetCustomAttribute<TAttribute>() is not null))
        {
            (method.Invoke(suite, null) as Task)?.GetAwaiter().GetResult();
        }
    }
}
