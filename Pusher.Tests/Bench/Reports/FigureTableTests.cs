using Pusher.Bench.Reports;
using Pusher.Bench.Runs;
using Xunit;

namespace Pusher.Tests.Bench.Reports;

public sealed class FigureTableTests
{
    private static readonly Dictionary<string, string> Baselines = new() { ["floor"] = "floor", ["epoll"] = "floor" };

    [Theory]
    [InlineData(new double[] { }, double.NaN)]
    [InlineData(new double[] { 7 }, 7)]
    [InlineData(new double[] { 9, 1, 5 }, 5)]
    [InlineData(new double[] { 4, 1, 2, 100 }, 3)]
    public void Median_OfValues_IsTheMiddle(double[] values, double expected) => Assert.Equal(expected, Median.Of(values));

    // The machine was twice as slow in round 2: the medians' ratio would be 1.5, the rounds' own say 1.1.
    [Fact]
    public void Summarize_RoundsOfDifferentSpeed_RelatesWithinARound()
    {
        var figures = FigureTable.Summarize(
            [
                Record(1, "floor", "cpu_us_per_message", 10), Record(1, "epoll", "cpu_us_per_message", 11),
                Record(2, "epoll", "cpu_us_per_message", 22), Record(2, "floor", "cpu_us_per_message", 20),
                Record(3, "floor", "cpu_us_per_message", 10), Record(3, "epoll", "cpu_us_per_message", 15),
            ],
            Baselines);
        var epoll = Assert.Single(figures, f => f.Subject == "epoll");
        Assert.Equal((15.0, 3), (epoll.Value, epoll.Rounds));
        Assert.Equal(1.1, Assert.Single(epoll.Ratios).Value, 9);
        var floor = Assert.Single(figures, f => f.Subject == "floor");
        Assert.Equal(10, floor.Value);
        Assert.Empty(floor.Ratios);
    }

    [Fact]
    public void Summarize_RoundWithoutTheBaseline_CountsForTheMedianOnly()
    {
        var figures = FigureTable.Summarize([Record(1, "floor", "f", 2), Record(1, "epoll", "f", 4), Record(2, "epoll", "f", 100)], Baselines);
        var epoll = Assert.Single(figures, f => f.Subject == "epoll");
        Assert.Equal((52.0, 2.0), (epoll.Value, epoll.Ratios["ratio_to_floor"]));
    }

    [Fact]
    public void Summarize_WithoutAcknowledgement_IsRelatedToBothFloors()
    {
        var figures = FigureTable.Summarize(
            [Record(1, "floor", "cpu", 10), Record(1, "floor", "qos0_cpu", 5), Record(1, "epoll", "qos0_cpu", 6)],
            Baselines);
        var epoll = Assert.Single(figures, f => f.Subject == "epoll");
        Assert.Equal((1.2, 0.6), (epoll.Ratios["ratio_to_floor"], epoll.Ratios["ratio_to_floor_acked"]));
    }

    private static RunRecord Record(int round, string subject, string figure, double value)
        => new("transport", round, subject, "full", new Dictionary<string, double> { [figure] = value }, []);
}
