using System.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Xunit;

namespace Pusher.Tests.Core.Sessions;

public sealed class SessionContextTests
{
    // A key or a nonce of one device must not be found in the login of the next.
    [Fact]
    public void RentLogin_AfterAReturn_IsTheSameObjectAndKnowsNothing()
    {
        var context = new SessionContext(new SessionOptions());
        var login = context.RentLogin();
        login.ClientNonce.Fill(1);
        login.ServerNonce.Fill(2);
        login.StoredKey.Fill(3);
        login.Known = true;
        login.ProposedWindow = 4;
        login.ProposedHeartbeatMs = 5;
        login.Seen = [new StreamPosition(6, 7)];
        login.Order = new LoginOrder(8, 9);
        login.EarlyRings = [new StreamPosition(6, 8)];
        context.ReturnLogin(login);

        var next = context.RentLogin();
        Assert.Same(login, next);
        Assert.All([.. next.ClientNonce, .. next.ServerNonce, .. next.StoredKey], b => Assert.Equal(0, b));
        Assert.Equal((false, 0, 0L), (next.Known, next.ProposedWindow, next.ProposedHeartbeatMs));
        Assert.Empty(next.Seen);
        Assert.Equal(default, next.Order);
        Assert.Null(next.EarlyRings);
        Assert.NotSame(next, context.RentLogin());
    }

    [Fact]
    public void Session_ThatClosesWhileItLogsIn_GivesTheLoginBack()
    {
        var driver = new SessionDriver();
        var context = new SessionContext(driver.Options);
        var spare = context.RentLogin();
        context.ReturnLogin(spare);
        var session = new DeviceSession(context, driver.Time);
        var hello = new ArrayBufferWriter<byte>();
        FrameWriter.WriteHello(hello, FrameFlags.None, 0, 0, SessionDriver.ClientNonce, "tenant", "printer", "", "test", [], []);
        session.OnReceived(new ReadOnlySequence<byte>(hello.WrittenMemory), driver.Time, driver);
        Assert.NotSame(spare, context.RentLogin());
        session.OnClosed(driver);
        Assert.Same(spare, context.RentLogin());
    }
}
