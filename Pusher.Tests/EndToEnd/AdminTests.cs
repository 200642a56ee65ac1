using System.Net;
using System.Text.Json;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>Health, readiness and metrics of a node.</summary>
public sealed class AdminTests(DefaultNode node) : IClassFixture<DefaultNode>
{
    [Fact]
    public async Task Healthz_WhileItRuns_IsOk()
    {
        var (code, body) = await node.Node.GetAsync("healthz");

        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal("ok", JsonDocument.Parse(body).RootElement.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Readyz_AfterAMessageToItself_IsReady()
    {
        await Eventually.TrueAsync(async () => (await node.Node.GetAsync("readyz")).Code == HttpStatusCode.OK, "the node is ready");
        var (_, body) = await node.Node.GetAsync("readyz");

        var json = JsonDocument.Parse(body).RootElement;
        Assert.True(json.GetProperty("ready").GetBoolean());
        Assert.True(json.TryGetProperty("checked_at", out _));
    }

    [Fact]
    public async Task Metrics_AfterTraffic_CountIt()
    {
        var device = node.TakeDevice();
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;
        var before = await MetricsAsync();
        await node.PublishAsync(device, "x", ("Pusher-Id", "counted"));
        await node.PublishAsync(device, "x", ("Pusher-Id", "counted"));
        await raw.AckAsync((await raw.ReadAsync(FrameType.Push)).Place);

        await Eventually.TrueAsync(async () => Value(await MetricsAsync(), "pusher_acks_") - Value(before, "pusher_acks_") == 1, "the ack is counted");
        var after = await MetricsAsync();

        Assert.Equal(1, Value(after, "pusher_publishes_", "status=\"ok\"") - Value(before, "pusher_publishes_", "status=\"ok\""));
        Assert.Equal(1, Value(after, "pusher_publishes_", "status=\"duplicate\"") - Value(before, "pusher_publishes_", "status=\"duplicate\""));
        Assert.Equal(1, Value(after, "pusher_pushes_") - Value(before, "pusher_pushes_"));
        Assert.True(Value(after, "pusher_sessions") >= 1);
        Assert.True(Value(after, "pusher_logins_", "outcome=\"accepted\"") >= 1);
        Assert.True(Value(after, "pusher_append_duration_", "_count") >= 1);
    }

    [Fact]
    public async Task Metrics_OfTransportAndStore_AreThere()
    {
        var device = node.TakeDevice();
        await node.PublishAsync(device, "x");
        var text = await MetricsAsync();

        string[] names = ["pusher_store_appends_", "pusher_store_batch_", "pusher_redeliveries_", "pusher_canary_failures_", "pusher_sweeper_rings_", "dotnet_gc_"];
        Assert.All(names, name => Assert.Contains("\n" + name, text, StringComparison.Ordinal));
    }

    private static double Value(string metrics, string prefix, string label = "")
        => metrics.Split('\n')
            .Where(l => l.StartsWith(prefix, StringComparison.Ordinal) && l.Contains(label, StringComparison.Ordinal))
            .Sum(l => double.Parse(l.Split(' ')[label == "" || l.Contains('}', StringComparison.Ordinal) ? l.Split(' ').Length > 2 ? 1 : ^1 : ^1], System.Globalization.CultureInfo.InvariantCulture));

    private async Task<string> MetricsAsync()
    {
        var (code, body) = await node.Node.GetAsync("metrics");
        Assert.Equal(HttpStatusCode.OK, code);
        return body;
    }
}
