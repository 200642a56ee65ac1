using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Pusher.Tests.Core.Sessions;
using Xunit;

namespace Pusher.Tests.Regressions;

public sealed class SessionRetryTests
{
    // The deadline for reading again was taken for the deadline of the acknowledgement: the simulator saw messages sent again
    // (and their attempts counted) milliseconds after they had left.
    [Fact]
    public void OnReadFailed_RingAndPageFollow_AckTimeoutCountsFromThePush()
    {
        var driver = new SessionDriver().Live(last: 1);
        driver.Session.OnReadFailed(SessionDriver.Stream, driver.Time);
        driver.NowMs += driver.Options.AckTimeoutMs - 10;
        driver.Session.OnRing(SessionDriver.Stream, 1, driver);
        driver.Page(0, 1, 1);
        driver.Take();
        Assert.Equal(driver.NowMs + driver.Options.AckTimeoutMs, driver.Session.NextDueMs);
        driver.NowMs += 10;
        driver.Timer();
        Assert.Empty(driver.Take());
    }

    [Fact]
    public void OnPage_EmptyThenFilled_AckTimeoutCountsFromThePush()
    {
        var driver = new SessionDriver().Live(last: 1);
        driver.Page(0, 0);
        driver.NowMs += driver.Options.AckTimeoutMs - 10;
        driver.Session.OnRing(SessionDriver.Stream, 1, driver);
        driver.Page(0, 1, 1);
        Assert.Equal(driver.NowMs + driver.Options.AckTimeoutMs, driver.Session.NextDueMs);
    }

    // The read had become needless: its messages were acknowledged while it was on its way, and then it failed.
    [Fact]
    public void OnReadFailed_NothingLeftToRead_NextPushHasItsWholeTimeout()
    {
        var driver = new SessionDriver().Live();
        driver.Stored(1);
        driver.TimerWhenDue();
        driver.Ack(1);
        driver.Session.OnReadFailed(SessionDriver.Stream, driver.Time);
        driver.NowMs += driver.Options.AckTimeoutMs - 10;
        driver.Stored(2);
        Assert.Equal(driver.NowMs + driver.Options.AckTimeoutMs, driver.Session.NextDueMs);
    }

    [Fact]
    public void OnReadFailed_MessagesInFlight_BackoffIsNotCutShort()
    {
        var driver = new SessionDriver(new SessionOptions { WindowMessages = 4, HeartbeatMs = 600_000 }).Live();
        driver.Stored(1);
        driver.TimerWhenDue();
        driver.Page(0, 1, 1);
        var due = driver.Session.NextDueMs;
        Assert.Equal(driver.NowMs + (2 * driver.Options.AckTimeoutMs), due);
        driver.Session.OnRing(SessionDriver.Stream, 2, driver);
        driver.Session.OnReadFailed(SessionDriver.Stream, driver.Time);
        Assert.Equal(due, driver.Session.NextDueMs);
    }

    // The time-out had counted the try already; the lost connection counted it once more, and messages died early.
    [Fact]
    public void OnClosed_TriedAndNotSentAgain_IsNotCountedTwice()
    {
        var driver = new SessionDriver().Live();
        driver.Stored(1);
        driver.TimerWhenDue();
        Assert.Contains("attempts 7:1 1", driver.Take());
        driver.Session.OnClosed(driver);
        Assert.Empty(driver.Take());
    }

    // A client version was not looked at, although a bad one is BadHello.
    [Fact]
    public void OnReceived_HelloWithUnprintableVersion_IsBadHello()
    {
        var driver = new SessionDriver();
        driver.Receive(o => FrameWriter.WriteHello(o, FrameFlags.None, 0, 0, SessionDriver.ClientNonce, "t", "d", "", "v\n1", [], []));
        Assert.Equal("close BadHello", driver.Take()[0]);
    }

    // One flipped bit in the flags of a frame took its checksum away, and with it the protection of all the other bits.
    [Fact]
    public void OnReceived_FrameWithoutChecksumOnAChecksumConnection_IsBadFrame()
    {
        var driver = new SessionDriver(flags: FrameFlags.Checksum).Live();
        driver.Stored(1);
        driver.Take();
        driver.Receive(o => FrameWriter.WriteAck(o, FrameFlags.None, SessionDriver.Stream, 1));
        Assert.Equal("close BadFrame", driver.Take()[0]);
    }

    // A ring that was on its way while the login drew a new stream named the old one; a window for it was opened, and asked the
    // store for a stream that is no more, once in every acknowledgement time-out for as long as the device stayed.
    [Fact]
    public void OnOpened_EarlyRingOfAResetStream_IsForgotten()
    {
        var driver = new SessionDriver().Until(SessionPhase.Opening);
        driver.Session.OnRing(6, 3, driver);
        driver.Opened(new DeviceOpened([new StreamState(SessionDriver.Stream, 0, 0)], [new StreamReset(6, SessionDriver.Stream, 1)]));
        Assert.DoesNotContain(driver.Take(), line => line.StartsWith("read 6:", StringComparison.Ordinal));
    }
}
