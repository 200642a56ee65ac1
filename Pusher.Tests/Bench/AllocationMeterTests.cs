using Pusher.Bench.Allocations;
using Xunit;

namespace Pusher.Tests.Bench;

/// <summary>The meter sees waste. It counts the whole process, in which other tests run: what it sees here is the least it may.</summary>
public sealed class AllocationMeterTests
{
    private const int ArrayBytes = 88; // 64, a length and a header

    [Theory]
    [InlineData(nameof(WastefulSuite.OneArray), ArrayBytes)]
    [InlineData(nameof(WastefulSuite.OneArrayInFourOperations), ArrayBytes / 4)]
    [InlineData(nameof(WastefulSuite.OneArrayElsewhere), ArrayBytes)]
    public void Measure_Waste_IsSeen(string method, int bytesMin)
    {
        var benchmark = AllocationCase.Of(typeof(WastefulSuite)).Single(found => found.Method.Name == method);
        Assert.True(AllocationMeter.Measure(benchmark) >= bytesMin);
    }
}
