using Pusher.Router.Redis;
using Pusher.Router.Routes.Redis;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Routes;

/// <summary>A node whose clock goes away from Redis's while it runs says so once.</summary>
public sealed class ClockWatchTests
{
    [Theory]
    [InlineData(-3)]
    [InlineData(3)]
    public async Task Renew_ClocksGoApart_OneLineAndOneWhenTheyAgreeAgain(int seconds)
    {
        await using var server = await RedisServerProcess.StartNewAsync();
        await using var link = await RedisLink.ConnectAsync(new RedisOptions { Configuration = server.Address });
        var clock = new ShiftedTime();
        var log = new CollectingLogger<NodeMembership>();
        await using var membership = await NodeMembership.JoinAsync(link, new NodeMembershipOptions { Node = "clock", LeaseMs = 600, RenewMs = 50, Time = clock }, log);

        clock.Shift = TimeSpan.FromSeconds(seconds);
        await Eventually.TrueAsync(() => log.Count("ms apart") == 1, "the line is there");
        Assert.InRange(membership.ClockSkewMs * -Math.Sign(seconds), 2_001, 3_100);

        clock.Shift = TimeSpan.Zero;
        await Eventually.TrueAsync(() => log.Count("agree again") == 1, "and its end");
        Assert.Equal(1, log.Count("ms apart"));
    }

    private sealed class ShiftedTime : TimeProvider
    {
        private long _shift;

        public TimeSpan Shift
        {
            get => TimeSpan.FromTicks(Volatile.Read(ref _shift));
            set => Volatile.Write(ref _shift, value.Ticks);
        }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
    }
}
