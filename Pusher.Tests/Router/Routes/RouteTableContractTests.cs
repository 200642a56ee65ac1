using Pusher.Core.Identity;
using Pusher.Router.Routes;
using Xunit;

namespace Pusher.Tests.Router.Routes;

/// <summary>Claim, release and look-up, as every route table must do them.</summary>
public abstract class RouteTableContractTests : IAsyncLifetime
{
    protected static readonly DeviceKey Printer = new("acme", "printer-1");
    protected static readonly DeviceKey Kitchen = new("acme", "kitchen-1");

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected IRouteTable Table { get; private set; } = null!;

    /// <summary>The name of the node that <see cref="Table"/> claims for.</summary>
    protected const string Node = "node-a";

    public async ValueTask InitializeAsync() => Table = await OpenAsync();

    public abstract ValueTask DisposeAsync();

    /// <summary>Opens an empty table of <see cref="Node"/>.</summary>
    protected abstract ValueTask<IRouteTable> OpenAsync();

    protected ValueTask<RouteClaim?> ClaimAsync(DeviceKey device, ulong instance = 0, uint attempt = 0)
        => Table.ClaimAsync(device, new LoginOrder(instance, attempt), Cancellation);

    [Fact]
    public async Task Claim_First_IsFoundAsItWasGranted()
    {
        var claim = (await ClaimAsync(Printer, 7, 3))!.Value;

        Assert.Null(claim.Replaced);
        Assert.Equal((Node, new LoginOrder(7, 3)), (claim.Route.Node, claim.Route.Order));
        Assert.Equal(claim.Route, await Table.FindAsync(Printer, Cancellation));
        Assert.Null(await Table.FindAsync(Kitchen, Cancellation));
    }

    [Fact]
    public async Task Claim_Epoch_HasTheWallClockAsItsFloor()
    {
        var before = DateTimeOffset.UtcNow.AddMinutes(-1).ToUnixTimeMilliseconds();
        var claim = (await ClaimAsync(Printer))!.Value;

        Assert.True(claim.Route.Epoch >= (ulong)before, $"epoch {claim.Route.Epoch} is before {before}");
        Assert.True(claim.Route.SinceUnixMs >= before);
    }

    [Fact]
    public async Task Claim_Again_ReplacesAndGrows()
    {
        var first = (await ClaimAsync(Printer, 1, 1))!.Value.Route;
        var second = (await ClaimAsync(Printer, 2, 1))!.Value;

        Assert.Equal(first, second.Replaced);
        Assert.True(second.Route.Epoch > first.Epoch);
        Assert.Equal(second.Route, await Table.FindAsync(Printer, Cancellation));
    }

    [Fact]
    public async Task Claim_OlderAttemptOfTheSameClient_IsRefusedAndChangesNothing()
    {
        var live = (await ClaimAsync(Printer, 9, 5))!.Value.Route;

        Assert.Null(await ClaimAsync(Printer, 9, 4));
        Assert.Equal(live, await Table.FindAsync(Printer, Cancellation));
        Assert.NotNull(await ClaimAsync(Printer, 9, 5));
        Assert.NotNull(await ClaimAsync(Printer, 9, 6));
        Assert.NotNull(await ClaimAsync(Printer, 8, 1));
    }

    [Fact]
    public async Task Claim_OfAClientThatDoesNotSay_AlwaysWins()
    {
        await ClaimAsync(Printer, 0, 5);
        Assert.NotNull(await ClaimAsync(Printer, 0, 4));
    }

    [Fact]
    public async Task Release_WithItsEpoch_RemovesOnce()
    {
        var claim = (await ClaimAsync(Printer))!.Value.Route;

        Assert.True(await Table.ReleaseAsync(Printer, claim.Epoch, Cancellation));
        Assert.Null(await Table.FindAsync(Printer, Cancellation));
        Assert.False(await Table.ReleaseAsync(Printer, claim.Epoch, Cancellation));
    }

    [Fact]
    public async Task Release_WithAnOlderEpoch_ChangesNothing()
    {
        var old = (await ClaimAsync(Printer))!.Value.Route;
        var live = (await ClaimAsync(Printer))!.Value.Route;

        Assert.False(await Table.ReleaseAsync(Printer, old.Epoch, Cancellation));
        Assert.Equal(live, await Table.FindAsync(Printer, Cancellation));
    }

    [Fact]
    public async Task Claim_AfterARelease_NeverGivesAnEpochAgain()
    {
        ulong last = 0;
        for (var i = 0; i < 200; i++)
        {
            var route = (await ClaimAsync(Printer))!.Value.Route;
            Assert.True(route.Epoch > last);
            last = route.Epoch;
            Assert.True(await Table.ReleaseAsync(Printer, route.Epoch, Cancellation));
        }
    }

    [Fact]
    public async Task Claim_ManyAtOnce_GrantsEachAnEpochOfItsOwnAndLeavesTheHighest()
    {
        var claims = await Task.WhenAll(Enumerable.Range(1, 200).Select(i => Task.Run(async () => await ClaimAsync(Printer, (ulong)i, 1), Cancellation)));

        var epochs = claims.Select(c => c!.Value.Route.Epoch).ToArray();
        Assert.Equal(epochs.Length, epochs.Distinct().Count());
        Assert.Equal(epochs.Max(), (await Table.FindAsync(Printer, Cancellation))!.Value.Epoch);
        Assert.Equal(199, claims.Count(c => c!.Value.Replaced is not null));
        Assert.All(claims, c => Assert.True(c!.Value.Replaced is null || c.Value.Replaced.Value.Epoch < c.Value.Route.Epoch));
    }

    [Fact]
    public async Task Claim_AttemptsOfOneClientAtOnce_EpochsGrowWithTheAttempts()
    {
        var claims = await Task.WhenAll(Enumerable.Range(1, 100).Select(i => Task.Run(async () => (Attempt: i, Claim: await ClaimAsync(Printer, 5, (uint)i)), Cancellation)));

        var granted = claims.Where(c => c.Claim is not null).OrderBy(c => c.Attempt).Select(c => c.Claim!.Value.Route.Epoch).ToArray();
        Assert.Equal(granted.Order(), granted);
        Assert.Equal(100U, (await Table.FindAsync(Printer, Cancellation))!.Value.Order.Attempt);
    }
}
