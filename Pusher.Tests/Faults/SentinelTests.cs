using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Faults;

/// <summary>The primary dies and sentinels make its replica the primary, in step or behind: devices stay connected, and what is accepted afterwards reaches them.</summary>
[Collection(FaultsDefinition.Name)]
public sealed class SentinelTests : IAsyncLifetime
{
    private const int Devices = 6;

    private readonly List<TestDevice> _devices = [];
    private readonly List<RawDevice> _raw = [];
    private RedisSentinels _redis = null!;
    private TestCluster _cluster = null!;
    private TestNode _publishing = null!;
    private TestNode _holding = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisSentinels.StartNewAsync();
        try
        {
            _cluster = await TestCluster.StartOnAsync(
                _redis.Address, 2, credentials => _devices.AddRange(Enumerable.Range(0, Devices).Select(i => credentials.Add($"printer-{i}"))), "--ack-timeout", "60s");
        }
        catch
        {
            await _redis.DisposeAsync(); // the runner disposes only of what was initialized
            throw;
        }

        (_publishing, _holding) = (_cluster.Nodes[0], _cluster.Nodes[1]);
        foreach (var device in _devices)
        {
            _raw.Add((await RawDevice.LoginNewAsync(_holding.Listen, device)).Device);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var raw in _raw)
        {
            await raw.DisposeAsync();
        }

        await _cluster.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task FailOver_ReplicaInStep_GoesOnAndLosesNothing()
    {
        var waiting = await TestCluster.PublishAsync(_publishing, _devices[0], "waiting");
        Assert.Equal("waiting", (await _raw[0].ReadAsync(FrameType.Push)).BodyText); // and is not acknowledged
        await _redis.InStepAsync();

        await _redis.FailOverAsync();

        await PublishUntilAcceptedAsync(_publishing, "after");
        Assert.Equal(["waiting", "after"], await ReadBodiesAsync(_raw[0], "after"));
        foreach (var raw in _raw.Skip(1))
        {
            Assert.Equal(["after"], await ReadBodiesAsync(raw, "after"));
        }

        await _publishing.WaitForStateAsync("acme", waiting.GetProperty("message_id").GetString()!, "acked");
        Assert.DoesNotContain("   at ", _publishing.Logs + _holding.Logs, StringComparison.Ordinal);
    }

    // "lost" is stored by one node and seen by the devices of the other; then it has never been. That other node misses nothing of its own, and is the first to publish again.
    [Fact]
    public async Task FailOver_ReplicaBehind_IsAnnouncedAndNoNewMessageIsSwallowed()
    {
        await PublishUntilAcceptedAsync(_publishing, "kept");
        foreach (var raw in _raw)
        {
            Assert.Equal(["kept"], await ReadBodiesAsync(raw, "kept"));
        }

        await _redis.InStepAsync();
        await _redis.LeaveReplicaBehindAsync();
        var lost = new List<RawFrame>();
        for (var i = 0; i < Devices; i++)
        {
            await TestCluster.PublishAsync(_publishing, _devices[i], "lost");
            lost.Add(await _raw[i].ReadAsync(FrameType.Push));
            Assert.Equal("lost", lost[i].BodyText);
        }

        await _raw[0].AckAsync(lost[0].Place); // the others print still
        await _redis.FailOverAsync(thaw: true);
        await PublishUntilAcceptedAsync(_holding, "new");
        for (var i = 1; i < Devices; i++)
        {
            await _raw[i].AckAsync(lost[i].Place); // has never been: it must end nothing that is new
        }

        foreach (var raw in _raw)
        {
            Assert.Equal("new", (await ReadBodiesAsync(raw, "new"))[^1]);
        }

        foreach (var node in _cluster.Nodes)
        {
            await Eventually.TrueAsync(async () => await TestCluster.ReadMeterAsync(node, "pusher_store_data_losses_total") >= 1, "the loss is counted");
            Assert.Contains("a replica has taken over", node.Logs, StringComparison.Ordinal);
        }

        await PublishUntilAcceptedAsync(_publishing, "later");
        foreach (var raw in _raw)
        {
            Assert.Equal("later", (await ReadBodiesAsync(raw, "later"))[^1]);
        }
    }

    private async Task PublishUntilAcceptedAsync(TestNode node, string payload)
    {
        foreach (var device in _devices)
        {
            await Eventually.TrueAsync(
                async () => (await node.PublishAsync(device, payload, ("Pusher-Id", payload))).Reply.GetProperty("status").GetString() is "ok" or "duplicate",
                $"'{payload}' is accepted");
        }
    }

    // Acknowledges what comes, and returns the different ones up to that one; what comes again with its id a device suppresses.
    private static async Task<List<string>> ReadBodiesAsync(RawDevice raw, string last)
    {
        var bodies = new List<string>();
        while (bodies.LastOrDefault() != last)
        {
            var frame = await raw.ReadAsync();
            if (frame.Type == FrameType.Push)
            {
                await raw.AckAsync(frame.Place);
                if (!bodies.Contains(frame.BodyText))
                {
                    bodies.Add(frame.BodyText);
                }
            }
        }

        return bodies;
    }
}
