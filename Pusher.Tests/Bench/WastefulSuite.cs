using BenchmarkDotNet.Attributes;

namespace Pusher.Tests.Bench;

/// <summary>Benchmarks that are known to waste: the meter must see it, or its zeros say nothing.</summary>
public sealed class WastefulSuite
{
    private byte[] _waste = [];

    [Benchmark]
    public void OneArray() => _waste = new byte[64];

    [Benchmark(OperationsPerInvoke = 4)]
    public int OneArrayInFourOperations()
    {
        _waste = new byte[64];
        return _waste.Length;
    }

    /// <summary>On another thread, where the counters of the caller's do not look.</summary>
    [Benchmark]
    public void OneArrayElsewhere()
    {
        var thread = new Thread(OneArray);
        thread.Start();
        thread.Join();
    }
}
