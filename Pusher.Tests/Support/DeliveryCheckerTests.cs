using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Xunit;

namespace Pusher.Tests.Support;

public sealed class DeliveryCheckerTests
{
    private static readonly DeviceKey Printer = new("t", "printer");
    private static readonly DeviceKey Display = new("t", "display");
    private readonly DeliveryChecker _checker = new(lateMs: 100);

    [Fact]
    public void Report_AcceptedAndHandedOnce_IsClean()
    {
        _checker.Accepted(Printer, "a-1", At(1), 10);
        _checker.Handed(Printer, "a-1", At(1), 15);
        var report = _checker.Report();
        Assert.True(report.IsClean);
        Assert.Equal((1, 1, 0, 5), (report.Attempted, report.Accepted, report.Late, report.MaxStallMs));
        Assert.Empty(report.Findings);
    }

    [Fact]
    public void Report_HandedBeforeTheAnswer_IsClean()
    {
        _checker.Handed(Printer, "a-1", At(1), 5);
        _checker.Accepted(Printer, "a-1", At(1), 10);
        Assert.True(_checker.Report().IsClean);
    }

    [Fact]
    public void Report_AcceptedAndNeverHanded_IsLost()
    {
        _checker.Accepted(Printer, "a-1", At(1));
        Assert.Equal(1, _checker.Outstanding);
        Assert.Equal(1, _checker.Report().Lost);
        Assert.False(_checker.Report().IsClean);
    }

    [Fact]
    public void Report_AcceptedAndEnded_IsNotLost()
    {
        _checker.Accepted(Printer, "a-1", At(1));
        _checker.Ended("a-1");
        Assert.Equal(0, _checker.Outstanding);
        Assert.Equal((0, 1), (_checker.Report().Lost, _checker.Report().Ended));
    }

    [Fact]
    public void Report_HandedTwice_IsDuplicateAndNotDisorder()
    {
        _checker.Accepted(Printer, "a-1", At(1));
        _checker.Handed(Printer, "a-1", At(1));
        _checker.Handed(Printer, "a-1", At(1));
        Assert.Equal((1, 0), (_checker.Report().DupHanded, _checker.Report().OutOfOrder));
        Assert.False(_checker.Report().IsClean);
    }

    [Fact]
    public void Report_LowerSeqBehindHigher_IsOutOfOrder()
    {
        _checker.Accepted(Printer, "a-1", At(1));
        _checker.Accepted(Printer, "a-2", At(2));
        _checker.Handed(Printer, "a-2", At(2));
        _checker.Handed(Printer, "a-1", At(1));
        Assert.Equal(1, _checker.Report().OutOfOrder);
        Assert.False(_checker.Report().IsClean);
    }

    [Fact]
    public void Report_SameSeqInAnotherStream_IsInOrder()
    {
        _checker.Accepted(Printer, "a-1", At(2));
        _checker.Accepted(Printer, "a-2", new StreamPosition(8, 1));
        _checker.Handed(Printer, "a-1", At(2));
        _checker.Handed(Printer, "a-2", new StreamPosition(8, 1));
        Assert.True(_checker.Report().IsClean);
    }

    [Fact]
    public void Report_AnotherSeqThanThePublisherWasTold_IsOutOfOrder()
    {
        _checker.Accepted(Printer, "a-1", At(1));
        _checker.Handed(Printer, "a-1", At(2));
        Assert.Equal(1, _checker.Report().OutOfOrder);
    }

    [Fact]
    public void Report_NeverPublished_IsUnexpected()
    {
        _checker.Handed(Printer, "ghost", At(1));
        Assert.Equal((1, 0), (_checker.Report().Unexpected, _checker.Report().Attempted));
    }

    [Fact]
    public void Report_RefusedAndHanded_IsUnexpected()
    {
        _checker.Refused(Printer, "a-1");
        _checker.Handed(Printer, "a-1", At(1));
        Assert.Equal(1, _checker.Report().Unexpected);
    }

    [Fact]
    public void Report_UnknownThenRefusedAndHanded_IsRecovered()
    {
        _checker.Unknown(Printer, "a-1");
        _checker.Refused(Printer, "a-1");
        _checker.Handed(Printer, "a-1", At(1));
        Assert.Equal((0, 1, 1), (_checker.Report().Unexpected, _checker.Report().Unknown, _checker.Report().Recovered));
        Assert.True(_checker.Report().IsClean);
    }

    [Fact]
    public void Report_UnknownAndNeverHanded_IsClean()
    {
        _checker.Unknown(Printer, "a-1");
        Assert.True(_checker.Report().IsClean);
        Assert.Equal((1, 0), (_checker.Report().Unknown, _checker.Report().Recovered));
    }

    [Fact]
    public void Report_UnknownThenAccepted_CountsAsAccepted()
    {
        _checker.Unknown(Printer, "a-1");
        _checker.Accepted(Printer, "a-1", At(1));
        Assert.Equal((1, 0, 1), (_checker.Report().Accepted, _checker.Report().Unknown, _checker.Report().Lost));
    }

    [Fact]
    public void Report_HandedToAnotherDevice_IsWrongDevice()
    {
        _checker.Accepted(Printer, "a-1", At(1));
        _checker.Handed(Display, "a-1", At(1));
        Assert.Equal(1, _checker.Report().WrongDevice);
        Assert.False(_checker.Report().IsClean);
    }

    [Fact]
    public void Report_HandedAfterTheBound_IsLateButClean()
    {
        _checker.Accepted(Printer, "a-1", At(1), 0);
        _checker.Handed(Printer, "a-1", At(1), 101);
        Assert.Equal((1, 101, true), (_checker.Report().Late, _checker.Report().MaxStallMs, _checker.Report().IsClean));
    }

    [Fact]
    public void Accepted_ValueOfAnotherDevice_Throws()
    {
        _checker.Accepted(Printer, "a-1", At(1));
        Assert.Throws<ArgumentException>(() => _checker.Accepted(Display, "a-1", At(1)));
    }

    [Fact]
    public void ToString_Line_NamesEveryCount()
    {
        _checker.Accepted(Printer, "a-1", At(1));
        var line = _checker.Report().ToString();
        Assert.Equal(
            "attempted=1 accepted=1 unknown=0 recovered=0 ended=0 lost=1 dup_handed=0 out_of_order=0 unexpected=0 wrong_device=0 "
            + "late=0 p50_ms=0 p99_ms=0 max_stall_ms=0",
            line);
    }

    [Fact]
    public void Flushed_AcceptedBeforeAndDeviceTold_IsLostWithTheStore()
    {
        _checker.Attempted(Printer, "a-1", 10);
        _checker.Accepted(Printer, "a-1", At(1), 15);
        _checker.Flushed(12, 20);
        Assert.Equal(1, _checker.Report().Lost); // nobody told the device
        _checker.Reset(Printer, 25);
        Assert.Equal((0, 1, 0), (_checker.Report().Lost, _checker.Report().LostWithStore, _checker.Outstanding));
        Assert.True(_checker.Report().IsClean);
    }

    [Fact]
    public void Flushed_SentAfterIt_IsSwallowedAndLost()
    {
        _checker.Flushed(12, 20);
        _checker.Reset(Printer, 25);
        _checker.Attempted(Printer, "a-1", 21);
        _checker.Accepted(Printer, "a-1", At(1), 30);
        Assert.Equal((1, 0), (_checker.Report().Lost, _checker.Report().LostWithStore));
    }

    [Fact]
    public void Flushed_ResetBeforeIt_ExcusesNothing()
    {
        _checker.Reset(Printer, 5);
        _checker.Attempted(Printer, "a-1", 10);
        _checker.Accepted(Printer, "a-1", At(1), 11);
        _checker.Flushed(12, 20);
        Assert.Equal(1, _checker.Report().Lost);
    }

    [Theory]
    [InlineData(30, 0, 1)]
    [InlineData(11, 1, 0)]
    public void Flushed_HandedTwice_IsExcusedWhenItWasPublishedOnBothSides(long lastAttemptMs, int dup, int excused)
    {
        _checker.Attempted(Printer, "a-1", 10);
        _checker.Flushed(12, 20);
        _checker.Attempted(Printer, "a-1", lastAttemptMs);
        _checker.Accepted(Printer, "a-1", new StreamPosition(8, 1), 31);
        _checker.Handed(Printer, "a-1", new StreamPosition(8, 1));
        _checker.Handed(Printer, "a-1", new StreamPosition(9, 1));
        Assert.Equal((dup, excused), (_checker.Report().DupHanded, _checker.Report().DupAfterFlush));
    }

    [Theory]
    [InlineData(8, 30, 0, 1)] // it lay in the frozen node over the flush
    [InlineData(8, 11, 1, 0)] // the node was awake again before it
    [InlineData(25, 30, 1, 0)] // it froze only behind it
    public void Flushed_AttemptHeldByAFrozenNode_IsExcused(long frozenMs, long thawedMs, int dup, int excused)
    {
        _checker.Attempted(Printer, "a-1", 9);
        _checker.Attempted(Printer, "a-1", 10);
        _checker.Accepted(Printer, "a-1", new StreamPosition(8, 1), 11);
        _checker.Flushed(12, 20);
        _checker.Frozen(frozenMs, thawedMs);
        _checker.Handed(Printer, "a-1", new StreamPosition(8, 1));
        _checker.Handed(Printer, "a-1", new StreamPosition(9, 1));
        Assert.Equal((dup, excused), (_checker.Report().DupHanded, _checker.Report().DupAfterFlush));
    }

    [Fact]
    public void Handed_ByTwoClientsOfOneDevice_IsNotADuplicateOfEither()
    {
        _checker.Accepted(Printer, "a-1", At(1));
        _checker.Accepted(Printer, "a-2", At(2));
        _checker.Handed(Printer, "a-1", At(1), client: 0);
        _checker.Handed(Printer, "a-2", At(2), client: 0);
        _checker.Handed(Printer, "a-1", At(1), client: 1);
        Assert.Equal((0, 1, 0), (_checker.Report().DupHanded, _checker.Report().DupOtherClient, _checker.Report().OutOfOrder));
        _checker.Handed(Printer, "a-1", At(1), client: 1);
        Assert.Equal(1, _checker.Report().DupHanded);
    }

    private static StreamPosition At(ulong seq) => new(7, seq);
}
