using System.Buffers;
using System.Text;
using Pusher.Cli.Load.Publishing;
using Pusher.Cli.Load.Report;
using Xunit;

namespace Pusher.Tests.Cli.Load;

/// <summary>What the load run reads from the server's side: its answers, its metrics, its process.</summary>
public sealed class ServerReadingsTests
{
    [Theory]
    [InlineData("""{"status":"ok","message_id":"1"}""", PublishOutcome.Accepted, false)]
    [InlineData("""{"message_id":"1","status":"duplicate"}""", PublishOutcome.Accepted, false)]
    [InlineData("""{"status":"queue_full","retry":true}""", PublishOutcome.Refused, true)]
    [InlineData("""{"status":"unknown"}""", PublishOutcome.Unknown, true)]
    [InlineData("""{"x":{"status":"ok"}}""", PublishOutcome.Unknown, true)]
    [InlineData("""{"x":1}""", PublishOutcome.Unknown, true)]
    [InlineData("nonsense", PublishOutcome.Unknown, true)]
    [InlineData("", PublishOutcome.Unknown, true)]
    public void PublishAnswer_Json_IsTheOutcome(string json, object outcome, bool hasProblem)
    {
        var answer = PublishAnswer.Read(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(json)));
        Assert.Equal(outcome, answer.Outcome);
        Assert.Equal(hasProblem, answer.Problem is not null);
    }

    [Fact]
    public void ServerMetrics_Text_SumsTheSeriesOfEachName()
    {
        const string Text = """
            # HELP a_total something
            # TYPE a_total counter
            a_total{otel_scope_name="x",kind="1 2"} 3 1700000000000
            a_total{kind="b"} 1.5e3
            a_total_more 7
            b 2
            """;
        var found = ServerMetrics.Parse(Text, ["a_total", "b", "c"]);
        Assert.Equal(1_503, found["a_total"]);
        Assert.Equal(2, found["b"]);
        Assert.False(found.ContainsKey("c"));
    }

    [Fact]
    public void ProcessUsage_OfThisProcess_GrowsAndIsPlausible()
    {
        var usage = new ProcessUsage(Environment.ProcessId);
        Assert.True(usage.CpuTime > TimeSpan.Zero);
        Assert.InRange(usage.ResidentBytes!.Value, 1 << 20, 1L << 40);
    }

    [Fact]
    public void ProcessUsage_OfNobody_IsNotKnown()
    {
        var usage = new ProcessUsage(int.MaxValue);
        Assert.Null(usage.CpuTime);
        Assert.Null(usage.ResidentBytes);
    }
}
