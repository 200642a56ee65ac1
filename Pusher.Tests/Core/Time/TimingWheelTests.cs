using Pusher.Core.Time;
using Xunit;

namespace Pusher.Tests.Core.Time;

public sealed class TimingWheelTests
{
    private const int Slots = 64;
    private const int TickMs = 10;

    private readonly List<int> _fired = [];
    private readonly TimingWheel _wheel = new(Slots, TickMs, nowMs: 1_000);

    [Fact]
    public void Advance_DeadlineNotReached_FiresNothingEarly()
    {
        _wheel.Schedule(3, 1_105);
        Assert.Empty(Advance(1_109));
        Assert.Equal([3], Advance(1_110));
        Assert.Empty(Advance(9_999));
    }

    [Fact]
    public void Schedule_Again_MovesTheDeadlineBothWays()
    {
        _wheel.Schedule(1, 1_200);
        _wheel.Schedule(1, 1_500);
        _wheel.Schedule(2, 1_500);
        _wheel.Schedule(2, 1_200);
        Assert.Equal(2, _wheel.Count);
        Assert.Equal([2], Advance(1_200));
        Assert.Empty(Advance(1_499));
        Assert.Equal([1], Advance(1_500));
    }

    [Fact]
    public void Schedule_DeadlinePassed_FiresWithTheNextTick()
    {
        _wheel.Schedule(1, 0);
        _wheel.Schedule(2, -5);
        Assert.Equal(10, _wheel.MsUntilNext(1_000));
        Assert.Equal([1, 2], Advance(1_010));
    }

    [Fact]
    public void Schedule_FarBeyondOneTurn_FiresInItsOwnTurn()
    {
        _wheel.Schedule(1, 1_000 + (10 * Slots * TickMs));
        _wheel.Schedule(2, long.MaxValue);
        for (var nowMs = 1_000L; nowMs < 1_000 + (10 * Slots * TickMs); nowMs += TickMs)
        {
            Assert.Empty(Advance(nowMs));
        }

        Assert.Equal([1], Advance(1_000 + (10 * Slots * TickMs)));
        Assert.Equal(1, _wheel.Count);
    }

    [Fact]
    public void Advance_JumpOfAnHour_FiresAllThatIsDueAndNothingElse()
    {
        const long Hour = 3_600_000;
        _wheel.Schedule(1, 1_010);
        _wheel.Schedule(2, 1_000 + (Hour / 2));
        _wheel.Schedule(3, 1_000 + Hour);
        _wheel.Schedule(4, 1_000 + Hour + 1);
        Assert.Equal([1, 2, 3], Advance(1_000 + Hour).Order());
        Assert.Equal([4], Advance(1_000 + Hour + TickMs));
    }

    [Fact]
    public void Advance_ClockStepsBack_FiresNothingAndGoesOnLater()
    {
        _wheel.Schedule(1, 1_050);
        Assert.Empty(Advance(0));
        Assert.Empty(Advance(1_049));
        Assert.Equal([1], Advance(1_050));
        Assert.Empty(Advance(500));
    }

    [Fact]
    public void Advance_SeveralTicks_FiresInTheirOrder()
    {
        _wheel.Schedule(9, 1_300);
        _wheel.Schedule(8, 1_100);
        _wheel.Schedule(7, 1_200);
        _wheel.Schedule(6, 1_100);
        Assert.Equal([8, 6, 7, 9], Advance(1_400));
    }

    [Fact]
    public void Advance_BudgetUsedUp_LeavesTheRestDueNow()
    {
        for (var timer = 0; timer < 5; timer++)
        {
            _wheel.Schedule(timer, 1_100);
        }

        Assert.Equal([0, 1], Advance(1_100, budget: 2));
        Assert.Equal(0, _wheel.MsUntilNext(1_100));
        Assert.True(_wheel.Cancel(2));
        _wheel.Schedule(3, 1_300);
        Assert.Equal([4], Advance(1_100));
        Assert.Equal([3], Advance(1_300));
        Assert.Equal(-1, _wheel.MsUntilNext(1_300));
    }

    [Fact]
    public void OnDue_ReschedulesAndCancelsWithinTheCall_IsObeyed()
    {
        _wheel.Schedule(1, 1_100);
        _wheel.Schedule(2, 1_100);
        _wheel.Schedule(3, 1_100);
        var fired = Advance(1_100, then: timer =>
        {
            Assert.False(_wheel.IsScheduled(timer));
            if (timer == 1)
            {
                _wheel.Schedule(1, 1_200);
                Assert.True(_wheel.Cancel(2));
                _wheel.Schedule(1_000, 1_150); // grows the array under the running call
            }
        });
        Assert.Equal([1, 3], fired);
        Assert.Equal([1_000, 1], Advance(1_200));
    }

    [Fact]
    public void OnDue_ReschedulesItselfAtOnce_DoesNotKeepTheCallForEver()
    {
        _wheel.Schedule(1, 1_010);
        Assert.Single(Advance(1_010, then: timer => _wheel.Schedule(timer, 0)));
        Assert.Equal(20, Advance(1_210, then: timer => _wheel.Schedule(timer, 0)).Count);
    }

    [Fact]
    public void Cancel_Unknown_IsFalse()
    {
        Assert.False(_wheel.Cancel(0));
        Assert.False(_wheel.Cancel(-1));
        Assert.False(_wheel.Cancel(12_345));
        _wheel.Schedule(5, 2_000);
        Assert.True(_wheel.Cancel(5));
        Assert.False(_wheel.Cancel(5));
        Assert.Equal(-1, _wheel.MsUntilNext(1_000));
        Assert.Empty(Advance(5_000));
    }

    [Fact]
    public void MsUntilNext_EmptyNearAndOverdue_IsExactWithinATurn()
    {
        Assert.Equal(-1, _wheel.MsUntilNext(1_000));
        _wheel.Schedule(1, 1_333);
        Assert.Equal(340, _wheel.MsUntilNext(1_000));
        Assert.Equal(7, _wheel.MsUntilNext(1_333));
        Assert.Equal(0, _wheel.MsUntilNext(9_000));
    }

    [Fact]
    public void Schedule_AndAdvance_AllocateNothing()
    {
        _wheel.Schedule(999, 1_000);
        var sink = default(CountingSink);
        var nowMs = 1_000L;
        for (var round = 0; round < 200; round++)
        {
            Round(ref sink, ref nowMs);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1_000; round++)
        {
            Round(ref sink, ref nowMs);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(sink.Count > 1_000);
    }

    [Theory]
    [InlineData(0, 1, 0)]
    [InlineData(1, 1, 0)]
    [InlineData(3, 1, 0)]
    [InlineData(1 << 21, 1, 0)]
    [InlineData(64, 0, 0)]
    [InlineData(64, 1, -1)]
    public void Constructor_ValueOutOfBounds_Throws(int slots, int tickMs, long nowMs)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new TimingWheel(slots, tickMs, nowMs));

    private void Round(ref CountingSink sink, ref long nowMs)
    {
        for (var timer = 0; timer < 50; timer++)
        {
            _wheel.Schedule(timer, nowMs + (timer * 7));
        }

        nowMs += 55;
        _wheel.Advance(nowMs, ref sink, int.MaxValue);
    }

    private List<int> Advance(long nowMs, int budget = int.MaxValue, Action<int>? then = null)
    {
        _fired.Clear();
        var sink = new RecordingSink(_fired, then);
        var count = _wheel.Advance(nowMs, ref sink, budget);
        Assert.Equal(_fired.Count, count);
        return [.. _fired];
    }

    private struct CountingSink : ITimerSink
    {
        public int Count { get; private set; }

        public void OnDue(int timer) => Count++;
    }
}
