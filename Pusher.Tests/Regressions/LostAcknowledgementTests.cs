using Pusher.Tests.Core.Sessions;
using Xunit;

namespace Pusher.Tests.Regressions;

/// <summary>
/// An acknowledgement that the store dropped (its queue was full, its batch failed) was never said again while the device stayed
/// connected: a printed order kept its place in the queue, ended as expired, and its publisher was told that it was lost.
/// </summary>
public sealed class LostAcknowledgementTests
{
    [Fact]
    public void OnRing_EverythingWasTaken_AcknowledgesAgain()
    {
        var driver = new SessionDriver().Live();
        driver.Stored(1);
        driver.Ack(1);
        Assert.Contains("acked 7:1", driver.Take());
        driver.Session.OnRing(SessionDriver.Stream, 1, driver);
        Assert.Equal(["acked 7:1"], driver.Take());
    }

    [Fact]
    public void OnRing_SomethingIsInFlight_LeavesItToItsOwnAcknowledgement()
    {
        var driver = new SessionDriver().Live();
        driver.Stored(1);
        driver.Stored(2);
        driver.Ack(1);
        driver.Take();
        driver.Session.OnRing(SessionDriver.Stream, 2, driver);
        Assert.Empty(driver.Take());
    }
}
