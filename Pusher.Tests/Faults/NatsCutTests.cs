using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Pusher.Local;
using Pusher.Router.Redis;
using Pusher.Router.Routes;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Faults;

/// <summary>One node of two does not reach NATS any more, and is not told: no packet comes through. Its devices stay connected and get their messages; a kick that was lost is made up for.</summary>
[Collection(FaultsDefinition.Name)]
public sealed class NatsCutTests
{
    [Fact]
    public async Task NatsCutFromOneNode_DevicesStayAndAreReached_LostKickIsMadeUpFor()
    {
        var (port, other) = (LocalPorts.Next(), LocalPorts.Next());
        await using var redis = await RedisServerProcess.StartNewAsync();
        // Neither tells clients of the other: a client that knew both would go there, and nothing would be cut.
        await using var natsA = await NatsServerProcess.StartNewAsync($"server_name: a\ncluster {{ name: c, no_advertise: true, listen: \"127.0.0.1:{port}\" }}");
        await using var natsB = await NatsServerProcess.StartNewAsync($"server_name: b\ncluster {{ name: c, no_advertise: true, listen: \"127.0.0.1:{other}\", routes: [\"nats-route://127.0.0.1:{port}\"] }}");
        await using var whole = new TestNode { NatsUrl = natsA.Url, Options = ["--redis", redis.Address, "--node", "n1"] };
        await using var cut = new TestNode { NatsUrl = natsB.Url, Options = ["--redis", redis.Address, "--node", "n2"] };
        // The partition of the one that stays falls to the other node: nobody on its own node looks after it before the cut is noticed.
        var partitions = Rendezvous.Share("n1", ["n1", "n2"], Partition.Count).ToHashSet();
        var stays = Enumerable.Range(0, 100).Select(i => new DeviceKey("acme", $"stays-{i}")).First(key => partitions.Contains(Partition.Of(key)));
        var (staying, moving) = (whole.Credentials.Add(stays.Device), whole.Credentials.Add("moves"));
        whole.Credentials.Save();
        cut.Credentials.SaveText(await File.ReadAllTextAsync(whole.Credentials.Path, TestContext.Current.CancellationToken));
        await Task.WhenAll(whole.StartAgainAsync(), cut.StartAgainAsync());
        await Task.WhenAll(TestCluster.WaitUntilReadyAsync(whole), TestCluster.WaitUntilReadyAsync(cut));
        var (stayed, _) = await RawDevice.LoginNewAsync(cut.Listen, staying);
        await using var stayedDisposal = stayed;
        var (moved, _) = await RawDevice.LoginNewAsync(cut.Listen, moving);
        await using var movedDisposal = moved;
        await TestCluster.PublishAsync(whole, staying, "by ring");
        await stayed.AckAsync((await stayed.ReadAsync(FrameType.Push)).Place);

        RawDevice newer;
        await using (await CutPort.CutAsync(natsB.Port))
        {
            await TestCluster.PublishAsync(whole, staying, "by sweep"); // the ring is lost; nobody knows
            (newer, _) = await RawDevice.LoginNewAsync(whole.Listen, moving); // and so is the kick
            Assert.Equal("by sweep", (await stayed.ReadAsync(FrameType.Push)).BodyText);
            foreach (var raw in new[] { stayed, moved })
            {
                await raw.HeartbeatAsync();
                await raw.ReadAsync(FrameType.Heartbeat); // the sockets were not touched
            }

            await Eventually.TrueAsync(async () => await TestCluster.ReadMeterAsync(cut, "pusher_bus_connected") == 0, "the cut node has noticed");
        }

        await using var newerDisposal = newer;
        await moved.ExpectFarewellAsync(FrameType.GoAway, CloseReason.Replaced);
        await TestCluster.PublishAsync(cut, moving, "to the newer one");
        Assert.Equal("to the newer one", (await newer.ReadAsync(FrameType.Push)).BodyText);
    }
}
