using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>Two nodes, seen and stopped by an operator: over HTTP of any node, and by SIGTERM.</summary>
public sealed class NodeCommandTests : IAsyncLifetime
{
    private const string Token = "canary-Pw3xT9cL6sHd1fGj";
    private const int Devices = 120;

    private readonly List<TestDevice> _devices = [];
    private readonly string _tokenFile = Path.GetTempFileName();
    private TestCluster _cluster = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_tokenFile, Token, Cancel);
        _cluster = await TestCluster.StartAsync(
            2,
            credentials => _devices.AddRange(Enumerable.Range(0, Devices).Select(i => credentials.Add($"printer-{i}"))),
            "--admin-token-file", _tokenFile, "--drain", "10s", "--drain-spread", "5s");
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        File.Delete(_tokenFile);
    }

    [Fact]
    public async Task Drain_AskedOfTheOtherNode_SendsDevicesThereInSlicesAndEndsWithZero()
    {
        var (asked, drained) = (_cluster.Nodes[0], _cluster.Nodes[1]);
        var raws = new List<RawDevice>();
        foreach (var device in _devices)
        {
            raws.Add((await RawDevice.LoginNewAsync(drained.Listen, device)).Device);
        }

        var reply = await TestCluster.PublishAsync(asked, _devices[0], "order");
        var push = await raws[0].ReadAsync(FrameType.Push);
        await raws[0].AckAsync(push.Place);
        await Eventually.TrueAsync(async () => (await ListAsync(asked)).Any(n => n.GetProperty("node").GetString() == "n2" && n.GetProperty("connections").GetInt32() == Devices), "the load is seen");

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(asked.Http, "v1/nodes/n2/drain"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        Assert.Equal("n2", (await asked.SendAsync(request)).Reply.GetProperty("node").GetString());

        var times = await Task.WhenAll(raws.Select(ReadFarewellAsync));
        Assert.Equal(0, await drained.Process.WaitForExitAsync());
        Assert.True(times.Distinct().Count() > 1); // not all at one moment
        await asked.WaitForStateAsync("acme", reply.GetProperty("message_id").GetString()!, "acked");
        await Eventually.TrueAsync(async () => (await ListAsync(asked)).Count == 1, "the drained node is gone from the list");
        var (again, _) = await RawDevice.LoginNewAsync(asked.Listen, _devices[0], seen: push.Place);
        await using var disposal = again;
        await TestCluster.PublishAsync(asked, _devices[0], "next order");
        Assert.Equal("next order", (await again.ReadAsync(FrameType.Push)).BodyText);

        async Task<long> ReadFarewellAsync(RawDevice raw)
        {
            await using var disposal = raw;
            var frame = await raw.ReadAsync(FrameType.GoAway);
            var farewell = frame.Farewell;
            Assert.Equal(CloseReason.Draining, farewell.Reason);
            Assert.Equal([asked.Listen.ToString()], frame.Elsewhere);
            Assert.InRange(farewell.RetryAfterMs, 0u, 500u);
            var at = Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 100);
            await raw.ExpectEndAsync();
            return at;
        }
    }

    [Fact]
    public async Task Terminate_PartitionsAreHandedOver()
    {
        var (stays, goes) = (_cluster.Nodes[0], _cluster.Nodes[1]);
        await Eventually.TrueAsync( // each hears of the other at its own renewal: one may have its part while the other still has all
            async () => await TestCluster.ReadMeterAsync(stays, "pusher_sweeper_partitions") is > 0 and < 1024 and var ours
                && await TestCluster.ReadMeterAsync(goes, "pusher_sweeper_partitions") == 1024 - ours,
            "the partitions are divided");

        Assert.Equal(0, await goes.TerminateAsync());

        await Eventually.TrueAsync(async () => await TestCluster.ReadMeterAsync(stays, "pusher_sweeper_partitions") == 1024, "the other node has them all");
    }

    private static async Task<List<JsonElement>> ListAsync(TestNode node)
    {
        var (_, body) = await node.GetAsync("v1/nodes");
        return [.. JsonDocument.Parse(body).RootElement.GetProperty("nodes").EnumerateArray()];
    }
}
