using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Faults;

/// <summary>Redis loses everything, or a node its lease, while devices are connected: they stay connected, are told, and are reached again.</summary>
[Collection(FaultsDefinition.Name)]
public sealed class DataLossTests : IAsyncLifetime
{
    private const int Devices = 20;

    private readonly List<TestDevice> _devices = [];
    private readonly List<RawDevice> _raw = [];
    private TestCluster _cluster = null!;
    private TestNode _publishing = null!;
    private TestNode _holding = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync(2, credentials => _devices.AddRange(Enumerable.Range(0, Devices).Select(i => credentials.Add($"printer-{i}"))));
        (_publishing, _holding) = (_cluster.Nodes[0], _cluster.Nodes[1]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var raw in _raw)
        {
            await raw.DisposeAsync();
        }

        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task FlushAll_DevicesConnected_AreToldByResetAndReachedAgain()
    {
        var old = await ConnectAllAsync();
        await _cluster.Redis.CommandAsync("FLUSHALL");

        // At once: whatever is stored before anybody has noticed, and what is refused until then, none may be taken for an old seq.
        await PublishToAllAsync("after");
        for (var i = 0; i < Devices; i++)
        {
            var (resets, push) = await ReadUntilAsync(_raw[i], "after", old[i].Stream);
            Assert.Contains(old[i].Stream, resets);
            Assert.NotEqual(old[i].Stream, push.Place.Stream);
            await _raw[i].AckAsync(push.Place);
        }

        // By routes, not by luck: another node rings for each of them.
        await Eventually.TrueAsync(async () => await TestCluster.ReadMeterAsync(_holding, "pusher_recovery_restored_total") >= Devices, "the routes are written again");
        await PublishToAllAsync("later");
        foreach (var raw in _raw)
        {
            await ReadUntilAsync(raw, "later");
        }

        Assert.Contains("has lost data", _holding.Logs, StringComparison.Ordinal);
        Assert.True(await TestCluster.ReadMeterAsync(_holding, "pusher_store_data_losses_total") >= 1);
    }

    [Fact]
    public async Task Freeze_BeyondTheLease_StaleSessionsEndAndTheOthersAreReachedAgain()
    {
        await ConnectAllAsync();
        await _holding.Process.SignalAsync("STOP");
        await Eventually.TrueAsync(async () => await TestCluster.ReadMeterAsync(_publishing, "pusher_nodes_live") == 1, "the frozen node's lease has run out");
        var (moved, welcome) = await RawDevice.LoginNewAsync(_publishing.Listen, _devices[0]);
        await using var disposal = moved;

        await _holding.Process.SignalAsync("CONT");

        await _raw[0].ExpectFarewellAsync(FrameType.GoAway, CloseReason.Replaced);
        await Eventually.TrueAsync(async () => await TestCluster.ReadMeterAsync(_publishing, "pusher_nodes_live") == 2, "the lease holds again");
        await Eventually.TrueAsync(async () => await TestCluster.ReadMeterAsync(_holding, "pusher_recovery_runs_total") >= 1, "its sessions are compared");
        await PublishToAllAsync("awake");
        Assert.Equal("awake", (await moved.ReadAsync(FrameType.Push)).BodyText); // the woken node's late words changed nothing
        foreach (var raw in _raw.Skip(1))
        {
            Assert.Equal("awake", (await raw.ReadAsync(FrameType.Push)).BodyText);
        }

        Assert.NotEqual(0UL, welcome.Values.Epoch);
    }

    // Each device has had one message, so that it knows a stream, and the publishing node knows where it is.
    private async Task<StreamPosition[]> ConnectAllAsync()
    {
        foreach (var device in _devices)
        {
            _raw.Add((await RawDevice.LoginNewAsync(_holding.Listen, device)).Device);
        }

        var ids = await PublishToAllAsync("before");
        var places = new StreamPosition[Devices];
        for (var i = 0; i < Devices; i++)
        {
            places[i] = (await _raw[i].ReadAsync(FrameType.Push)).Place;
            await _raw[i].AckAsync(places[i]);
            await _publishing.WaitForStateAsync("acme", ids[i], "acked");
        }

        return places;
    }

    private async Task<string[]> PublishToAllAsync(string payload)
    {
        var ids = new List<string>();
        foreach (var device in _devices)
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    var (_, reply) = await _publishing.PublishAsync(device, payload);
                    if (reply.GetProperty("status").GetString() == "ok")
                    {
                        ids.Add(reply.GetProperty("message_id").GetString()!);
                        return true;
                    }

                    Assert.True(reply.GetProperty("retry").GetBoolean(), reply.ToString());
                    return false;
                },
                $"'{payload}' is accepted");
        }

        return [.. ids];
    }

    // What was stored between the loss and its discovery changes its stream once more, and may come twice; a device suppresses that by the id.
    private static async Task<(HashSet<uint> Resets, RawFrame Push)> ReadUntilAsync(RawDevice raw, string payload, uint lostStream = 0)
    {
        var resets = new HashSet<uint>();
        RawFrame? push = null;
        while (push?.BodyText != payload || (lostStream != 0 && !resets.Contains(lostStream)))
        {
            var frame = await raw.ReadAsync();
            if (frame.Type == FrameType.Reset)
            {
                Assert.True(ResetFrame.TryRead(frame.Payload, out var reset));
                resets.Add(reset.OldStream);
            }
            else if (frame.Type == FrameType.Push)
            {
                push = frame;
                await raw.AckAsync(frame.Place);
            }
        }

        return (resets, push);
    }
}
