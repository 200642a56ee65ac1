using Pusher.Cli.Load.Checking;
using Xunit;

namespace Pusher.Tests.Cli.Load;

public sealed class MessageLedgerTests
{
    private const ulong Run = 77;
    private readonly MessageLedger _ledger = new(Run, 2);

    [Fact]
    public void Close_EverythingHandedOverOnce_IsClean()
    {
        Publish(3);
        HandOver(0);
        HandOver(1, before: 0);
        HandOver(2, before: 1);
        var verdict = _ledger.Close();
        Assert.True(verdict.IsClean);
        Assert.Equal((3, 3, 3, 0), (verdict.Published, verdict.Accepted, verdict.Handed, verdict.Unknown));
    }

    [Fact]
    public void Close_AcceptedAndNotHandedOver_IsLost()
    {
        Publish(3);
        HandOver(1);
        Assert.Equal(2, _ledger.Close().Lost);
        Assert.False(_ledger.Close().IsClean);
    }

    [Fact]
    public void Close_NeverAnswered_IsUnknownAndNotLost()
    {
        _ledger.Published(0, 0);
        _ledger.Published(0, 1);
        HandOver(1);
        var verdict = _ledger.Close();
        Assert.Equal((2, 0, 0), (verdict.Unknown, verdict.Lost, verdict.Unexpected));
        Assert.True(verdict.IsClean);
    }

    [Fact]
    public void Close_RefusedAndHandedOver_IsUnexpected()
    {
        _ledger.Published(0, 0);
        _ledger.Refused(0, 0);
        HandOver(0);
        Assert.Equal((1, 1), (_ledger.Close().Refused, _ledger.Close().Unexpected));
        Assert.False(_ledger.Close().IsClean);
    }

    [Fact]
    public void HandOver_Twice_IsADuplicateAndCountedOnce()
    {
        Publish(1);
        Assert.True(HandOver(0));
        Assert.False(HandOver(0));
        Assert.Equal((1, 1), (_ledger.Close().Handed, _ledger.Close().DuplicatesHanded));
        Assert.False(_ledger.Close().IsClean);
    }

    [Fact]
    public void HandOver_BehindALaterOne_IsOutOfOrder()
    {
        Publish(2);
        HandOver(1);
        HandOver(0, before: 1);
        Assert.Equal(1, _ledger.Close().OutOfOrder);
        Assert.False(_ledger.Close().IsClean);
    }

    [Fact]
    public void HandOver_ByAnotherDevice_IsWrong()
    {
        Publish(1);
        HandOver(0, device: 6);
        Assert.Equal(1, _ledger.Close().WrongDevice);
        Assert.False(_ledger.Close().IsClean);
    }

    [Theory]
    [InlineData(Run + 1, 0, 0)]
    [InlineData(Run, 2, 0)]
    [InlineData(Run, 0, -1)]
    public void HandOver_OfAnotherRunOrBeyondThisOne_IsForeignAndNoError(ulong run, int publisher, long counter)
    {
        Publish(1);
        HandOver(0);
        Assert.False(_ledger.HandOver(new LoadPayload(run, publisher, 5, counter, 0), 5, -1));
        Assert.Equal(1, _ledger.Close().Foreign);
        Assert.True(_ledger.Close().IsClean);
    }

    [Fact]
    public void Close_TwoPublishers_AreBookedApart()
    {
        Publish(1);
        _ledger.Published(1, 0);
        _ledger.Accepted(1, 0);
        HandOver(0);
        Assert.Equal((2, 1), (_ledger.Close().Accepted, _ledger.Close().Lost));
    }

    private void Publish(int count)
    {
        for (var counter = 0; counter < count; counter++)
        {
            _ledger.Published(0, counter);
            _ledger.Accepted(0, counter);
        }
    }

    private bool HandOver(long counter, long before = -1, int device = 5) => _ledger.HandOver(new LoadPayload(Run, 0, 5, counter, 0), device, before);
}
