using CsCheck;
using Pusher.Core.Time;
using Xunit;

namespace Pusher.Tests.Core.Time;

/// <summary>The wheel does what a plain dictionary of deadlines does, whatever is done to it.</summary>
public sealed class TimingWheelPropertyTests
{
    private const int Schedule = 0;
    private const int Cancel = 1;
    private const int Advance = 2;

    private static readonly Gen<(int Kind, int Timer, long Ms)[]> Steps = Gen.Select(
        Gen.Frequency((5, Gen.Const(Schedule)), (1, Gen.Const(Cancel)), (3, Gen.Const(Advance))),
        Gen.Int[0, 40],
        Gen.Frequency((6, Gen.Long[0, 60]), (2, Gen.Long[-20, 700]), (1, Gen.Long[0, 20_000]))).Array[1, 150];

    [Fact]
    public void Wheel_AnySteps_FiresLikeTheNaiveModel()
        => Gen.Select(Gen.OneOf(2, 4, 16, 64, 128), Gen.Int[1, 25], Gen.Long[0, 5_000], Steps)
            .Sample(
                (slots, tickMs, startMs, steps) =>
                {
                    var wheel = new TimingWheel(slots, tickMs, startMs);
                    var model = new NaiveTimers(tickMs, startMs);
                    var nowMs = startMs;
                    foreach (var (kind, timer, ms) in steps)
                    {
                        nowMs += kind == Advance ? ms : 0; // a clock that steps back is among the steps
                        nowMs = Math.Max(nowMs, 0);
                        Step(wheel, model, kind, timer, kind == Schedule ? nowMs + ms : nowMs);
                        Assert.Equal(model.Count, wheel.Count);
                        Assert.Equal(model.IsScheduled(timer), wheel.IsScheduled(timer));
                        AssertWait(wheel.MsUntilNext(nowMs), model.NextMs - nowMs);
                    }

                    Drain(wheel, model, nowMs);
                },
                iter: 3_000);

    /// <summary>Small budgets only delay: in the end the same timers fired, each once.</summary>
    [Fact]
    public void Advance_SmallBudget_FiresTheSameInParts()
        => Gen.Select(Gen.Int[1, 5], Gen.Long[0, 3_000].Array[1, 100])
            .Sample((budget, dues) =>
            {
                var wheel = new TimingWheel(16, 10, 0);
                for (var timer = 0; timer < dues.Length; timer++)
                {
                    wheel.Schedule(timer, dues[timer]);
                }

                var fired = new List<int>();
                var sink = new RecordingSink(fired);
                for (var nowMs = 0L; wheel.Count > 0; nowMs += 70)
                {
                    var before = fired.Count;
                    Assert.InRange(wheel.Advance(nowMs, ref sink, budget), 0, budget);
                    Assert.InRange(fired.Count - before, 0, budget);
                    Assert.All(fired.Skip(before), timer => Assert.True(dues[timer] <= nowMs));
                }

                Assert.Equal(Enumerable.Range(0, dues.Length), fired.Order());
            });

    private static void Step(TimingWheel wheel, NaiveTimers model, int kind, int timer, long ms)
    {
        switch (kind)
        {
            case Schedule:
                wheel.Schedule(timer, ms);
                model.Schedule(timer, ms);
                break;
            case Cancel:
                Assert.Equal(model.Cancel(timer), wheel.Cancel(timer));
                break;
            default:
                AssertFires(wheel, model, ms);
                break;
        }
    }

    private static void Drain(TimingWheel wheel, NaiveTimers model, long nowMs)
    {
        for (var turns = 0; wheel.MsUntilNext(nowMs) is >= 0 and var wait; turns++)
        {
            nowMs += wait;
            AssertFires(wheel, model, nowMs);
            Assert.True(turns < 100_000, "Sleeping for as long as the wheel says leads nowhere.");
        }

        Assert.Equal(0, model.Count);
    }

    private static void AssertFires(TimingWheel wheel, NaiveTimers model, long nowMs)
    {
        var fired = new List<int>();
        var sink = new RecordingSink(fired);
        var count = wheel.Advance(nowMs, ref sink, int.MaxValue);
        Assert.Equal(count, fired.Count);
        Assert.Equal(model.Advance(nowMs), fired.Order());
    }

    /// <summary>Never longer than to the next deadline; -1 exactly when there is none.</summary>
    private static void AssertWait(int wait, long? toNextMs)
    {
        if (toNextMs is null)
        {
            Assert.Equal(-1, wait);
        }
        else
        {
            Assert.InRange(wait, 0, Math.Max(toNextMs.Value, 0));
        }
    }
}
