using Pusher.Core.Collections;
using Xunit;

namespace Pusher.Tests.Core.Collections;

public sealed class PagedArrayTests
{
    [Theory]
    [InlineData(0, PagedArray<int>.PageSize)]
    [InlineData(PagedArray<int>.PageSize - 1, PagedArray<int>.PageSize)]
    [InlineData(PagedArray<int>.PageSize, 2 * PagedArray<int>.PageSize)]
    [InlineData(5 * PagedArray<int>.PageSize, 6 * PagedArray<int>.PageSize)]
    public void EnsureCapacity_AnyIndex_GrowsToWholePagesOfTheInitialValue(int index, int length)
    {
        var array = new PagedArray<int>(-7);
        Assert.Equal(0, array.Length);
        array.EnsureCapacity(index);
        Assert.Equal(length, array.Length);
        Assert.All(Enumerable.Range(0, length), i => Assert.Equal(-7, array[i]));
    }

    [Fact]
    public void EnsureCapacity_Later_KeepsElementsAndReferences()
    {
        var array = new PagedArray<int>();
        array.EnsureCapacity(0);
        ref var first = ref array[0];
        for (var i = 0; i < 10 * PagedArray<int>.PageSize; i++)
        {
            array.EnsureCapacity(i);
            array[i] = i;
        }

        Assert.All(Enumerable.Range(0, array.Length), i => Assert.Equal(i, array[i]));
        first = 99;
        Assert.Equal(99, array[0]);
    }

    [Fact]
    public void Indexer_BeyondLength_Throws()
    {
        var array = new PagedArray<int>();
        array.EnsureCapacity(5);
        Assert.ThrowsAny<Exception>(() => array[PagedArray<int>.PageSize]);
    }
}
