using Pusher.Core.Buffers;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Pusher.Router.Dispatch;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Core.Sessions;

public sealed class DeviceSessionDeliveryTests
{
    [Fact]
    public void OnStored_NextInOrder_IsPushedAtOnce()
    {
        var driver = Live();
        driver.Stored(1);
        Assert.Equal(["PUSH 101 7:1 None 1"], driver.Take());
        driver.Ack(1);
        Assert.Equal(["acked 7:1"], driver.Take());
    }

    [Theory]
    [InlineData(FrameFlags.None)]
    [InlineData(FrameFlags.Checksum)]
    public void OnUnstored_Live_SentAsItIsAndPartOfNoWindow(FrameFlags flags)
    {
        var driver = new SessionDriver(flags: flags).Live(window: 1);
        driver.Take();
        var frame = Unstored();
        driver.Stored(1);
        Assert.True(driver.Session.OnUnstored(in frame, driver)); // the window is full
        driver.TakesFrames = false;
        Assert.False(driver.Session.OnUnstored(in frame, driver));
        frame.Release();
        Assert.Equal(["PUSH 101 7:1 None 1", "PUSH 900 0:0 None 0"], driver.Take().Select(f => f.TrimStart('+'))); // + is a valid trailer
        driver.Ack(1);
        Assert.Equal(["acked 7:1"], driver.Take());
    }

    [Theory]
    [InlineData(SessionPhase.Greeting)]
    [InlineData(SessionPhase.Proving)]
    [InlineData(SessionPhase.Opening)]
    public void OnUnstored_BeforeLive_IsDroppedAndNotKept(SessionPhase phase)
    {
        var driver = new SessionDriver().Until(phase);
        driver.Take();
        var frame = Unstored();
        Assert.False(driver.Session.OnUnstored(in frame, driver));
        frame.Release();
        Assert.Empty(driver.Take());
    }

    [Fact]
    public void OnUnstored_AfterTheFarewell_IsDropped()
    {
        var driver = Live();
        driver.Session.OnReplaced(driver);
        driver.Take();
        var frame = Unstored();
        Assert.False(driver.Session.OnUnstored(in frame, driver));
        frame.Release();
        Assert.Empty(driver.Take());
    }

    [Fact]
    public void OnStored_RingLostBefore_IsReadInOrder()
    {
        var driver = Live();
        driver.Stored(2);
        Assert.Equal(["read 7:0 16 262144"], driver.Take());
        driver.Stored(1); // late, and known already
        Assert.Empty(driver.Take());
        driver.Page(0, 2, 1, 2);
        Assert.Equal(["PUSH 101 7:1 None 1", "PUSH 102 7:2 None 1"], driver.Take());
    }

    [Fact]
    public void OnStored_UnknownStream_IsStarted()
    {
        var driver = Live();
        driver.Session.OnStored(SessionDriver.Message(1, stream: 8), driver.Time, driver);
        Assert.Equal(["PUSH 101 8:1 None 1"], driver.Take());
        driver.Ack(1, 8);
        Assert.Equal(["acked 8:1"], driver.Take());
    }

    [Fact]
    public void OnStored_WindowFull_WaitsForAcknowledgement()
    {
        var driver = Live(window: 2);
        driver.Stored(1);
        driver.Stored(2);
        driver.Stored(3);
        Assert.Equal(["PUSH 101 7:1 None 1", "PUSH 102 7:2 None 1"], driver.Take());
        driver.Ack(1);
        Assert.Equal(["acked 7:1", "read 7:2 1 262142"], driver.Take());
        driver.Page(2, 3, 3);
        Assert.Equal(["PUSH 103 7:3 None 1"], driver.Take());
    }

    [Fact]
    public void OnStored_ByteWindowUsedUp_WaitsUntilEmpty()
    {
        var driver = Live(new SessionOptions { WindowBytes = 10 });
        driver.Stored(1, 9);
        driver.Stored(2, 9);
        driver.Stored(3, 9);
        Assert.Equal(["PUSH 101 7:1 None 9", "PUSH 102 7:2 None 9"], driver.Take());
        driver.Ack(1);
        Assert.Equal(["acked 7:1"], driver.Take());
        driver.Ack(2);
        Assert.Equal(["acked 7:2", "read 7:2 16 10"], driver.Take());
    }

    [Fact]
    public void OnStored_LargerThanTheByteWindow_IsSentAlone()
    {
        var driver = Live(new SessionOptions { WindowBytes = 10 });
        driver.Stored(1, 100);
        driver.Stored(2, 1);
        Assert.Equal(["PUSH 101 7:1 None 100"], driver.Take());
    }

    [Fact]
    public void OnAck_BeyondStored_IsBadAck()
    {
        var driver = Live();
        driver.Stored(1);
        driver.Take();
        driver.Ack(2);
        Assert.Equal(["close BadAck", "attempts 7:1 1", $"GOAWAY BadAck 1000 0 '{CloseReasonText.Of(CloseReason.BadAck)}'"], driver.Take());
    }

    [Fact]
    public void OnAck_BeforeThisSessionSentIt_IsTaken()
    {
        var driver = Live(last: 2);
        driver.Take();
        driver.Ack(2); // its handler outlived the connection before
        Assert.Equal(["acked 7:2"], driver.Take());
        driver.Page(0, 2, 1, 2);
        Assert.Empty(driver.Take());
    }

    [Fact]
    public void OnAck_SaidBeforeOrOfAnOldStream_IsIgnored()
    {
        var driver = Live(acked: 5, last: 5);
        driver.Ack(3);
        driver.Ack(9, 1234);
        Assert.Empty(driver.Take());
        Assert.Equal(SessionPhase.Live, driver.Session.Phase);
    }

    [Fact]
    public void OnAck_BehindAGoBack_JumpsOverWhatIsReadAgain()
    {
        var driver = Live();
        driver.Stored(1);
        driver.Stored(2);
        driver.TimerWhenDue();
        driver.Take();
        driver.Ack(2);
        Assert.Equal(["acked 7:2"], driver.Take());
        driver.Page(0, 2, 1, 2); // stale
        Assert.Empty(driver.Take());
    }

    [Fact]
    public void OnTimer_NoAcknowledgement_GoesBackAndDoublesThePause()
    {
        var driver = Live(new SessionOptions { HeartbeatMs = 600_000, AckTimeoutMs = 10_000, AckTimeoutMaxMs = 25_000 });
        driver.Stored(1);
        driver.Stored(2);
        var sentMs = driver.NowMs;
        driver.Take();
        foreach (var (attempt, pauseMs) in new[] { (1, 10_000), (2, 20_000), (3, 25_000), (4, 25_000) })
        {
            Assert.Equal(sentMs + pauseMs, driver.Session.NextDueMs);
            driver.NowMs = sentMs + pauseMs - 1;
            driver.Timer();
            Assert.Empty(driver.Take());
            driver.NowMs = sentMs += pauseMs;
            driver.Timer();
            Assert.Equal([$"attempts 7:1 {attempt}", "read 7:0 16 262144"], driver.Take());
            driver.Page(0, 2, 1, 2);
            Assert.Equal(["PUSH 101 7:1 Redelivery 1", "PUSH 102 7:2 Redelivery 1"], driver.Take());
        }

        driver.Ack(1);
        Assert.Equal(driver.NowMs + 10_000, driver.Session.NextDueMs);
    }

    [Fact]
    public void OnPage_AttemptsUsedUp_GivesUpAndGoesOnBehind()
    {
        var driver = Live(new SessionOptions { AttemptsMax = 2 }, last: 2);
        driver.Take();
        driver.Page(new MessagePage(7, 0, 2, 2, [SessionDriver.Message(1, attempts: 2), SessionDriver.Message(2)], []));
        Assert.Equal(["giveup 7:1"], driver.Take());
        driver.Session.OnGivenUp(7, driver);
        Assert.Equal(["read 7:0 16 262144"], driver.Take());
        driver.Page(new MessagePage(7, 0, 2, 2, [SessionDriver.Message(2)], [new SequenceGap(1, 1, SkipReason.Dead)]));
        Assert.Equal(["SKIPPED 7:1-1 Dead", "PUSH 102 7:2 Redelivery 1"], driver.Take()); // it stood behind the dead one and may have left with it
        driver.Ack(2);
        Assert.Equal(["acked 7:2"], driver.Take());
    }

    [Fact]
    public void OnReadFailed_GiveUp_IsTriedAgain()
    {
        var driver = Live(new SessionOptions { AttemptsMax = 1 }, last: 1);
        driver.Page(new MessagePage(7, 0, 1, 1, [SessionDriver.Message(1, attempts: 1)], []));
        driver.Session.OnReadFailed(7, driver.Time);
        driver.Take();
        driver.TimerWhenDue();
        Assert.Equal(["read 7:0 16 262144"], driver.Take());
    }

    [Fact]
    public void OnPage_Gaps_AreAnnouncedWithTheirReasonsInOrder()
    {
        var driver = Live(last: 9);
        driver.Take();
        driver.Page(new MessagePage(
            7,
            0,
            9,
            9,
            [SessionDriver.Message(3), SessionDriver.Message(7)],
            [new SequenceGap(1, 2, SkipReason.Expired), new SequenceGap(4, 4, SkipReason.Cancelled), new SequenceGap(6, 6, SkipReason.Collapsed), new SequenceGap(8, 9, SkipReason.Dead)]));
        Assert.Equal(
            [
                "SKIPPED 7:1-2 Expired", "PUSH 103 7:3 None 1", "SKIPPED 7:4-4 Cancelled", "SKIPPED 7:5-5 Unspecified",
                "SKIPPED 7:6-6 Collapsed", "PUSH 107 7:7 None 1", "SKIPPED 7:8-9 Dead",
            ],
            driver.Take());
        driver.Ack(9);
        Assert.Equal(["acked 7:9"], driver.Take());
    }

    [Fact]
    public void OnPage_Stale_IsAskedForAgain()
    {
        var driver = Live(acked: 3, last: 5);
        Assert.Equal(["read 7:3 16 262144"], driver.Take()[..1]);
        driver.Page(1, 5, 2, 3, 4, 5);
        Assert.Equal(["read 7:3 16 262144"], driver.Take());
    }

    [Fact]
    public void OnPage_Empty_IsAskedForAgainLaterOnly()
    {
        var driver = Live(last: 1);
        driver.Take();
        driver.Page(0, 0);
        Assert.Empty(driver.Take());
        Assert.Equal(driver.NowMs + driver.Options.AckTimeoutMs, driver.Session.NextDueMs);
        driver.TimerWhenDue();
        Assert.Equal(["read 7:0 16 262144"], driver.Take());
    }

    [Fact]
    public void OnPage_OfAnUnknownStreamOrAClosedSession_IsIgnored()
    {
        var driver = Live();
        driver.Page(new MessagePage(99, 0, 1, 1, [SessionDriver.Message(1, stream: 99)], []));
        Assert.Empty(driver.Take());
        driver.Session.OnClosed(driver);
        driver.Page(0, 1, 1);
        driver.Session.OnRing(7, 5, driver);
        driver.Session.OnGivenUp(7, driver);
        driver.TimerWhenDue();
        Assert.Empty(driver.Take());
    }

    [Fact]
    public void OnPage_AttemptsFromAnEarlierSession_IsMarkedAsRedelivery()
    {
        var driver = Live(last: 1);
        driver.Take();
        driver.Page(new MessagePage(7, 0, 1, 1, [SessionDriver.Message(1, attempts: 1)], []));
        Assert.Equal(["PUSH 101 7:1 Redelivery 1"], driver.Take());
    }

    [Fact]
    public void OnClosed_MessagesInFlight_CountAsTried()
    {
        var driver = Live();
        driver.Stored(1);
        driver.Stored(2);
        driver.Take();
        driver.Session.OnClosed(driver);
        Assert.Equal(["attempts 7:1 1"], driver.Take());
    }

    [Fact]
    public void OnTimer_SeveralStreams_EachHasItsOwnTime()
    {
        var driver = Live();
        driver.Stored(1);
        driver.NowMs += 1_000;
        driver.Session.OnStored(SessionDriver.Message(1, stream: 8), driver.Time, driver);
        driver.NowMs += 1_000;
        driver.Session.OnStored(SessionDriver.Message(1, stream: 9), driver.Time, driver);
        driver.Take();
        foreach (var stream in new[] { 7, 8, 9 })
        {
            driver.TimerWhenDue();
            Assert.Equal([$"attempts {stream}:1 1", $"read {stream}:0 16 262144"], driver.Take());
        }
    }

    [Fact]
    public void OnStoreLost_Live_TellsTheResetAndSendsWhatTheNewStreamHolds()
    {
        var driver = Live(acked: 3, last: 3);
        driver.Stored(4); // on its way, not acknowledged
        driver.Take();
        driver.Session.OnStoreLost(driver);
        Assert.Equal(["reopen [7:3]"], driver.Take());
        driver.Session.OnReopened(new DeviceOpened([new StreamState(9, 0, 2)], [new StreamReset(7, 9, uint.MaxValue)]), driver);
        Assert.Equal(["read 9:0 16 262144", "RESET 7>9 4294967295"], driver.Take());
        driver.Page(new MessagePage(9, 0, 2, 2, [SessionDriver.Message(1, stream: 9), SessionDriver.Message(2, stream: 9)], []));
        Assert.Equal(["PUSH 101 9:1 None 1", "PUSH 102 9:2 None 1"], driver.Take());
        driver.Ack(4); // of the stream that is over: no offence, and nothing to store
        driver.Ack(2, stream: 9);
        Assert.Equal(["acked 9:2"], driver.Take());
    }

    [Fact]
    public void OnReopened_StreamThatWasRungForMeanwhile_GoesOnWhereItIs()
    {
        var driver = Live(acked: 3, last: 3);
        driver.Session.OnStored(SessionDriver.Message(1, stream: 9), driver.Time, driver);
        Assert.Equal(["PUSH 101 9:1 None 1"], driver.Take());
        driver.Session.OnStoreLost(driver);
        Assert.Equal(["reopen [7:3 9:0]"], driver.Take());
        driver.Session.OnReopened(new DeviceOpened([new StreamState(9, 0, 2)], [new StreamReset(7, 9, uint.MaxValue)]), driver);
        Assert.Equal(["read 9:1 15 262143", "RESET 7>9 4294967295"], driver.Take());
        driver.Ack(1, stream: 9);
        Assert.Equal(["acked 9:1"], driver.Take());
    }

    [Fact]
    public void OnReopened_NothingWasLost_IsSilent()
    {
        var driver = Live(acked: 3, last: 3);
        driver.Session.OnStoreLost(driver);
        driver.Take();
        driver.Session.OnReopened(new DeviceOpened([new StreamState(7, 3, 3)], []), driver);
        Assert.Empty(driver.Take());
        driver.Stored(4);
        Assert.Equal(["PUSH 104 7:4 None 1"], driver.Take());
    }

    [Fact]
    public void OnStoreLost_NothingWasEverSent_AsksNothing()
    {
        var driver = new SessionDriver().Until(SessionPhase.Opening);
        driver.Opened(DeviceOpened.Nothing);
        driver.Take();
        driver.Session.OnStoreLost(driver);
        Assert.Empty(driver.Take());
    }

    [Fact]
    public void Steady_RingPushAck_AllocatesNothing()
    {
        var actions = new SilentActions();
        var session = actions.Login();
        actions.Deliver(session, 1, 1_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        actions.Deliver(session, 1_001, 2_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(2_000UL, actions.Acked);
    }

    private static SessionDriver Live(SessionOptions? options = null, ulong acked = 0, ulong last = 0, ushort window = 0)
    {
        var driver = new SessionDriver(options).Live(acked, last, window);
        if (last == acked)
        {
            driver.Take();
        }

        return driver;
    }

    private static FrameLease Unstored()
    {
        var frame = new SharedFramePool().Rent(FrameHeader.Size + PushHead.Size, out var output);
        FrameWriter.WritePush(output, FrameFlags.None, new PushHead { MessageId = 900 }, []);
        return frame;
    }
}
