using Pusher.Bench.Reports;
using Xunit;

namespace Pusher.Tests.Bench.Reports;

public sealed class FigureLineTests
{
    [Fact]
    public void Format_FigureWithRatio_IsOneLineWithUnit()
        => Assert.Equal(
            "bench transport.epoll.cpu_us_per_message 13.1 us ratio_to_floor 1.04",
            FigureLine.Format(new Figure("transport", "epoll", "cpu_us_per_message", 13.1, new Dictionary<string, double> { ["ratio_to_floor"] = 1.0449 }, 5)));

    [Theory]
    [InlineData("message_rate", 81234.4, "bench peers.nats.message_rate 81234 1/s")]
    [InlineData("paced_p99_us", 0.25, "bench peers.nats.paced_p99_us 0.25 us")]
    [InlineData("idle_rss_bytes_at_1000", 480, "bench peers.nats.idle_rss_bytes_at_1000 480 B")]
    [InlineData("allocated_bytes_per_message", 0, "bench peers.nats.allocated_bytes_per_message 0.0 B")]
    public void Format_FigureAlone_HasItsUnit(string name, double value, string expected)
        => Assert.Equal(expected, FigureLine.Format(new Figure("peers", "nats", name, value, new Dictionary<string, double>(), 1)));
}
