using Pusher.Cli.Load.Checking;
using Xunit;

namespace Pusher.Tests.Cli.Load;

public sealed class FanoutLedgerTests
{
    private const ulong Run = 77;
    private const int Devices = 4;
    private readonly FanoutLedger _ledger = new(Run, 2, Devices);
    private long _published;

    [Fact]
    public void HandOver_ByEveryDevice_NamesFirstMedianAndLast()
    {
        Publish();
        Assert.Equal([FanoutPlace.First, FanoutPlace.Median, FanoutPlace.Other, FanoutPlace.Last], Enumerable.Range(0, Devices).Select(d => HandOver(0, d)));
        Assert.Equal((4, 1), (_ledger.Handed, _ledger.Complete));
        Assert.True(Close().IsClean);
    }

    [Fact]
    public void Close_DeviceWithoutOne_HasLostItUnlessItWasAway()
    {
        Publish();
        Publish();
        HandOver(0, 0);
        HandOver(1, 0);
        HandOver(0, 1);
        HandOver(1, 3);
        Assert.Equal((1 + 2 + 1, 0), (Close().Lost, Close().Missed));
        Assert.Equal((1 + 1, 2), (Close(away: 2).Lost, Close(away: 2).Missed));
    }

    [Fact]
    public void HandOver_Twice_IsADuplicate()
    {
        Publish();
        HandOver(0, 1);
        Assert.Null(HandOver(0, 1));
        Assert.Equal((1, 1), (Close().DuplicatesHanded, Close().Handed));
    }

    [Fact]
    public void HandOver_BehindALaterOne_IsOutOfOrderAndTheSecondTimeADuplicate()
    {
        Publish();
        Publish();
        HandOver(1, 1);
        Assert.NotNull(HandOver(0, 1));
        Assert.Null(HandOver(0, 1));
        Assert.Equal((1, 1, 2), (Close().OutOfOrder, Close().DuplicatesHanded, Close().Handed));
    }

    [Fact]
    public void HandOver_ForOneDevice_IsWrong()
    {
        Publish();
        Assert.False(_ledger.HandOver(new LoadPayload(Run, 0, 1, 0, 0), 1, out _));
        Assert.Equal(1, Close().WrongDevice);
    }

    [Theory]
    [InlineData(Run + 1, 0, 0)]
    [InlineData(Run, 2, 0)]
    [InlineData(Run, 0, -1)]
    public void HandOver_OfAnotherRunOrBeyondThisOne_IsForeignAndNoError(ulong run, int publisher, long counter)
    {
        Assert.False(_ledger.HandOver(new LoadPayload(run, publisher, LoadPayload.AllDevices, counter, 0), 1, out _));
        Assert.Equal(1, Close().Foreign);
        Assert.True(Close().IsClean);
    }

    [Fact]
    public void FanoutSeen_AnyOrder_TakesEachOnce()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            var seen = FanoutSeen.Nothing;
            var taken = new HashSet<long>();
            var highest = -1L;
            for (var i = 0; i < 300; i++)
            {
                var counter = Math.Max(0, highest + random.Next(-60, 5) + (random.Next(20) == 0 ? 70 : 0));
                if (highest - counter <= 60)
                {
                    Assert.Equal(taken.Add(counter), seen.Take(counter, out var isLate));
                    Assert.Equal(counter < highest, isLate);
                    highest = Math.Max(highest, counter);
                }
            }
        }
    }

    private void Publish() => _ledger.Begin(0, _published++, Devices);

    private FanoutPlace? HandOver(long counter, int device)
        => _ledger.HandOver(new LoadPayload(Run, 0, LoadPayload.AllDevices, counter, 0), device, out var place) ? place : null;

    private LoadVerdict Close(int away = -1) => _ledger.Close(new LoadVerdict { Published = _published, Accepted = _published }, d => d == away);
}
