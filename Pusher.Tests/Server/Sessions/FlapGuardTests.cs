using Microsoft.Extensions.Time.Testing;
using Pusher.Core.Identity;
using Pusher.Router.Routes;
using Pusher.Server.Sessions;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Server.Sessions;

public sealed class FlapGuardTests : IDisposable
{
    private static readonly DeviceKey Device = new("acme", "printer-1");

    private readonly FakeTimeProvider _time = new();
    private readonly CollectingLogger<FlapGuard> _log = new();
    private readonly FlapGuard _guard;
    private Route _owner;
    private ulong _epoch;

    public FlapGuardTests()
    {
        _guard = new FlapGuard(_time, _log);
        _owner = Claim(1);
    }

    public void Dispose() => _log.Dispose();

    [Fact]
    public void DelayMs_TwoClientsInTurn_GrowsToItsBound()
    {
        var delays = new List<uint>();
        for (var turn = 0; turn < 20; turn++)
        {
            TakeOver(turn % 2 == 0 ? 2UL : 1UL);
            delays.Add(_guard.DelayMs(Device));
            _time.Advance(TimeSpan.FromMilliseconds(delays[^1] + 100));
            Assert.Equal(0u, _guard.DelayMs(Device));
        }

        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000, 60_000], delays);
        Assert.Equal((1, 10), (_guard.Fights, _guard.Refused));
        Assert.Equal(1, _log.Count("throw each other out"));
    }

    [Fact]
    public void DelayMs_OneClientInItsOwnPlace_IsNeverSlowed()
    {
        for (var attempt = 0; attempt < 50; attempt++)
        {
            TakeOver(1);
            Assert.Equal(0u, _guard.DelayMs(Device));
        }
    }

    [Fact]
    public void DelayMs_SessionsThatLived_AreNoFight()
    {
        for (var turn = 0; turn < 50; turn++)
        {
            _time.Advance(TimeSpan.FromSeconds(31));
            TakeOver(turn % 2 == 0 ? 2UL : 1UL);
            Assert.Equal(0u, _guard.DelayMs(Device));
        }
    }

    [Fact]
    public void DelayMs_AfterAQuietTime_BeginsAnew()
    {
        for (var turn = 0; turn < 14; turn++)
        {
            TakeOver(turn % 2 == 0 ? 2UL : 1UL);
        }

        _time.Advance(TimeSpan.FromSeconds(200));
        _owner = Claim(1);
        TakeOver(2);
        Assert.Equal(0u, _guard.DelayMs(Device));
    }

    [Fact]
    public void DelayMs_AnotherDevice_IsNotTouched()
    {
        for (var turn = 0; turn < 12; turn++)
        {
            TakeOver(turn % 2 == 0 ? 2UL : 1UL);
        }

        Assert.NotEqual(0u, _guard.DelayMs(Device));
        Assert.Equal(0u, _guard.DelayMs(new DeviceKey("acme", "printer-2")));
    }

    private void TakeOver(ulong instance)
    {
        var route = Claim(instance);
        _guard.TookOver(Device, in route, in _owner);
        _owner = route;
    }

    private Route Claim(ulong instance) => new("node", ++_epoch, _time.GetUtcNow().ToUnixTimeMilliseconds(), new LoginOrder(instance, 1));
}
