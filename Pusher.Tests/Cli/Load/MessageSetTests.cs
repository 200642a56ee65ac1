using Pusher.Cli.Load.Checking;
using Xunit;

namespace Pusher.Tests.Cli.Load;

public sealed class MessageSetTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData((1 << 20) - 1)]
    [InlineData(1 << 20)]
    [InlineData((1L << 36) - 1)]
    public void Add_Counter_IsInOnceAndItsNeighboursAreNot(long counter)
    {
        var set = new MessageSet();
        Assert.False(set.Contains(counter));
        Assert.True(set.Add(counter));
        Assert.False(set.Add(counter));
        Assert.True(set.Contains(counter));
        Assert.False(counter > 0 && set.Contains(counter - 1));
        Assert.False(counter + 1 < MessageSet.Capacity && set.Contains(counter + 1));
    }
}
