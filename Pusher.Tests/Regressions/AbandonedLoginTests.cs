using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Pusher.Router.Routes;
using Pusher.Server.Sessions;
using Pusher.Tests.Core.Sessions;
using Pusher.Tests.Server.Sessions;
using Pusher.Tests.Support;
using Pusher.Transport;
using Xunit;

namespace Pusher.Tests.Regressions;

/// <summary>
/// A device gave a connection up, logged in on another, and then the PROOF of the first arrived: it was taken for the newest
/// login, the session in use was told that it was replaced, and the printer stayed dark until a person came.
/// </summary>
public sealed class AbandonedLoginTests
{
    private static readonly DeviceKey Device = new("tenant", "printer");
    private static readonly LoginOrder First = new(9, 1);
    private static readonly LoginOrder Second = new(9, 2);

    private readonly SessionDirectory _directory = new();
    private readonly MemoryRouteTable _routes = new("node", TimeProvider.System);

    [Fact]
    public void Proof_Right_PassesTheOrderOfHelloOn()
    {
        var driver = new SessionDriver();
        driver.Hello(new LoginOrder(0xFEDC_BA98_7654_3210, 3));
        driver.Credential();
        driver.Take();
        driver.Prove();
        Assert.Equal(["open tenant/printer [] 18364758544493064720#3"], driver.Take());
    }

    [Fact]
    public void OnSuperseded_Opening_IsRefusedButMayComeBack()
    {
        var driver = new SessionDriver().Until(SessionPhase.Opening);
        driver.Session.OnSuperseded(driver);
        Assert.Equal(["close LoginTimeout", $"REFUSED LoginTimeout 0 0 '{CloseReasonText.Of(CloseReason.LoginTimeout)}'"], driver.Take());
        driver.Opened(new DeviceOpened([], []));
        Assert.Empty(driver.Take());
    }

    [Fact]
    public void OnSuperseded_Live_ChangesNothing()
    {
        var driver = new SessionDriver().Live();
        driver.Take();
        driver.Session.OnSuperseded(driver);
        Assert.Empty(driver.Take());
        Assert.Equal(SessionPhase.Live, driver.Session.Phase);
    }

    [Fact]
    public async Task Claim_LowerAttempt_LeavesTheRouteWithItsOwner()
    {
        var live = await ClaimAsync(Second);
        Assert.Null(await ClaimAsync(First));
        var route = await _routes.FindAsync(Device, TestContext.Current.CancellationToken);
        Assert.Equal(live!.Value.Route, route);
        Assert.True(await _routes.ReleaseAsync(Device, live.Value.Route.Epoch, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(8UL, 1u)]
    [InlineData(9UL, 2u)]
    [InlineData(9UL, 3u)]
    [InlineData(0UL, 0u)]
    public async Task Claim_AnythingElse_TakesOver(ulong instance, uint attempt)
    {
        var older = await ClaimAsync(Second);
        var newer = await ClaimAsync(new LoginOrder(instance, attempt));
        Assert.Equal(older!.Value.Route, newer!.Value.Replaced);
        Assert.True(newer.Value.Route.Epoch > older.Value.Route.Epoch);
    }

    // Both had asked the route table when neither was in the directory.
    [Fact]
    public async Task Join_ClaimedInOrderButJoinsBehind_IsSupersededAndTheSessionStays()
    {
        var first = Handle((await ClaimAsync(First))!.Value, 1);
        var second = Handle((await ClaimAsync(Second))!.Value, 2);
        Assert.Equal(JoinOutcome.Joined, _directory.Join(Device, second, out _));
        Assert.Equal(JoinOutcome.Superseded, _directory.Join(Device, first, out var replaced));
        Assert.Null(replaced);
        Assert.True(_directory.TryFind(Device, out var present));
        Assert.Equal(second, present);
    }

    [Fact]
    public async Task Join_OtherInstanceJoinsBehind_IsReplaced()
    {
        var first = Handle((await ClaimAsync(new LoginOrder(8, 1)))!.Value, 1);
        var second = Handle((await ClaimAsync(Second))!.Value, 2);
        Assert.Equal(JoinOutcome.Joined, _directory.Join(Device, second, out _));
        Assert.Equal(JoinOutcome.Replaced, _directory.Join(Device, first, out _));
    }

    [Fact]
    public async Task Join_LaterAttempt_ReplacesTheEarlier()
    {
        var first = Handle((await ClaimAsync(First))!.Value, 1);
        var second = Handle((await ClaimAsync(Second))!.Value, 2);
        Assert.Equal(JoinOutcome.Joined, _directory.Join(Device, first, out _));
        Assert.Equal(JoinOutcome.Joined, _directory.Join(Device, second, out var replaced));
        Assert.Equal(first, replaced);
    }

    // The table had lost the later attempt, and granted the earlier one. A route left behind would end the session in use as replaced, at the next look at the routes.
    [Fact]
    public async Task Open_GrantedButSuperseded_LeavesNoRoute()
    {
        var second = Handle((await ClaimAsync(Second))!.Value, 2);
        Assert.Equal(JoinOutcome.Joined, _directory.Join(Device, second, out _));
        var emptied = new MemoryRouteTable("node", TimeProvider.System);
        await using var bench = new ReactorBench();
        var services = bench.Services with { Routes = emptied, Directory = _directory };
        var mailbox = new ReactorMailbox();

        new SessionRequests(services, mailbox, NullLogger.Instance).Open(new ConnectionId(1, 1), Device, default, First);

        Assert.True(mailbox.TryTake(out var mail));
        Assert.Equal(ReactorMailKind.Superseded, mail.Kind);
        await Eventually.TrueAsync(async () => await emptied.FindAsync(Device, TestContext.Current.CancellationToken) is null);
        Assert.True(_directory.TryFind(Device, out var present));
        Assert.Equal(second, present);
    }

    // Without an instance nothing is said, whatever the count.
    [Fact]
    public void IsOlderThan_InstanceZero_IsNeverOlder()
        => Assert.False(new LoginOrder(0, 1).IsOlderThan(new LoginOrder(0, 2)));

    private ValueTask<RouteClaim?> ClaimAsync(LoginOrder order) => _routes.ClaimAsync(Device, order, TestContext.Current.CancellationToken);

    private static SessionHandle Handle(RouteClaim claim, int slot)
        => new(new ReactorMailbox(), new ConnectionId(slot, 1), claim.Route.Epoch, claim.Route.Order);
}
