using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Pusher.Core.Identity;
using Xunit;

namespace Pusher.Tests.Core.Identity;

public sealed class MessageIdGeneratorTests
{
    private const int PerMillisecond = 4096;
    private static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Noon);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(682)]
    [InlineData(MessageIdGenerator.NodeNumberMax)]
    public void NodeNumberOf_IdOfANode_IsItsNumber(int number)
    {
        MessageIdGenerator ids = new(_time, number, 0);
        for (var i = 0; i <= PerMillisecond; i++) // the last one borrows from the next millisecond
        {
            Assert.Equal(number, MessageIdGenerator.NodeNumberOf(ids.Next()));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(MessageIdGenerator.NodeNumberMax + 1)]
    public void New_NumberThatNoNodeHas_Throws(int number)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new MessageIdGenerator(_time, number, 0));

    [Fact]
    public void Next_ClockStandsOrStepsBack_GrowsAllTheSame()
    {
        MessageIdGenerator ids = new(_time, 3, 0);
        var last = 0ul;
        for (var i = 0; i < 3 * PerMillisecond; i++)
        {
            if (i == PerMillisecond)
            {
                _time.AdjustTime(Noon.AddHours(-1));
            }

            var id = ids.Next();
            Assert.True(id > last, $"{id} came after {last}");
            last = id;
        }
    }

    [Fact]
    public void Next_ClockGoesOn_LeavesRoomForTheOtherNodes()
    {
        MessageIdGenerator low = new(_time, 0, 0);
        MessageIdGenerator high = new(_time, MessageIdGenerator.NodeNumberMax, 0);
        var earlier = high.Next();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(low.Next() > earlier, "ids of a later millisecond are higher, whichever node gave them");
    }

    [Fact]
    public void Next_BehindTheStoresHighestId_IsAboveIt()
    {
        _time.AdjustTime(Noon.AddHours(1));
        var floor = new MessageIdGenerator(_time, MessageIdGenerator.NodeNumberMax, 0).Next();
        _time.AdjustTime(Noon);
        Assert.True(new MessageIdGenerator(_time, 0, floor).Next() > floor);
    }

    [Fact]
    public void Next_ClockBeforeTheEpoch_IsNotZero()
    {
        _time.AdjustTime(DateTimeOffset.UnixEpoch);
        Assert.NotEqual(0ul, new MessageIdGenerator(_time, 0, 0).Next());
    }

    [Fact]
    public async Task Next_FromManyThreads_NeverRepeats()
    {
        const int Each = 50_000;
        MessageIdGenerator ids = new(TimeProvider.System, 7, 0);
        ConcurrentBag<ulong[]> taken = [];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => taken.Add([.. Enumerable.Range(0, Each).Select(_ => ids.Next())]))));
        Assert.All(taken, own => Assert.Equal(own.Order(), own));
        Assert.Equal(4 * Each, taken.SelectMany(own => own).Distinct().Count());
    }
}
