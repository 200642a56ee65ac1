using Pusher.Torture.Faults;
using Xunit;

namespace Pusher.Tests.Torture;

public sealed class FaultPlanTests
{
    private static readonly FaultKind[] All = Enum.GetValues<FaultKind>();

    [Fact]
    public void Draw_SameSeed_SamePlan()
        => Assert.Equal(FaultPlan.Draw(42, 60, All, 3, 4), FaultPlan.Draw(42, 60, All, 3, 4));

    [Fact]
    public void Draw_AnotherSeed_AnotherPlan()
        => Assert.NotEqual(FaultPlan.Draw(42, 60, All, 3, 4), FaultPlan.Draw(43, 60, All, 3, 4));

    [Fact]
    public void Draw_AnySeed_IsWithinTimeAndTargets()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var plan = FaultPlan.Draw(seed, 20, All, 3, 4);
            Assert.All(plan, fault =>
            {
                Assert.InRange(fault.AtMs, FaultPlan.QuietMs, 20_000);
                Assert.InRange(fault.Target, 0, fault.Kind == FaultKind.Flap ? 3 : 2);
                Assert.True(fault.Target == 0 || fault.Kind is FaultKind.Kill or FaultKind.Freeze or FaultKind.Drain or FaultKind.Flap);
            });
            Assert.Equal(plan.OrderBy(fault => fault.AtMs), plan);
        }
    }

    [Fact]
    public void Draw_TimeEnough_EachKindOccursBeforeOneOccursAgain()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var plan = FaultPlan.Draw(seed, 120, All, 3, 4);
            Assert.True(plan.Count >= 2 * All.Length, $"seed {seed}: {plan.Count} faults in two minutes");
            Assert.Equal(All, plan.Take(All.Length).Select(fault => fault.Kind).Order());
        }
    }

    [Fact]
    public void Draw_Freeze_LastsTwiceTheLease()
        => Assert.All(FaultPlan.Draw(1, 600, [FaultKind.Freeze], 3, 0), fault => Assert.True(fault.HoldMs >= 12_000));

    [Fact]
    public void Draw_NoKinds_NoFaults() => Assert.Empty(FaultPlan.Draw(1, 60, [], 3, 0));
}
