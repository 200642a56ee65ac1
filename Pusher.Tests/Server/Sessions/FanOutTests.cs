using System.Buffers;
using System.Text;
using Pusher.Core.Protocol;
using Pusher.Router.Dispatch;
using Pusher.Server.Sessions;
using Pusher.Tests.Support;
using Pusher.Transport;
using Xunit;

namespace Pusher.Tests.Server.Sessions;

/// <summary>QoS 0 through a reactor: who gets it, how much of it in one turn, what is dropped and counted, and that every frame comes back.</summary>
public sealed class FanOutTests
{
    [Fact]
    public async Task ToTenant_MoreDevicesThanTheBudget_SpreadOverTurnsWhileHeartbeatsAreAnswered()
    {
        const int Devices = (2 * UnstoredSessions.DeliveriesPerTurnMax) + 300;
        var devices = ReactorBench.Devices(Devices);
        await using var bench = new ReactorBench(devices);
        var connections = Array.ConvertAll(devices, d => bench.Login(d));

        Assert.Equal(new UnstoredReach(Devices, 0), bench.ToTenant("acme", "all"));
        for (var turn = 1; turn <= 2; turn++)
        {
            Assert.Equal(0, bench.Turn()); // another turn at once
            Assert.Equal(turn * UnstoredSessions.DeliveriesPerTurnMax, bench.Reactor.FramesSent);
        }

        var last = connections[0]; // the list is walked from the last login on
        bench.Receive(last, o => FrameWriter.WriteHeartbeat(o, FrameFlags.None));
        Assert.Equal((byte)FrameType.Heartbeat, bench.Reactor.Take(last)[3]);
        Assert.NotEqual(0, bench.Turn());

        Assert.All(connections, c => Assert.Equal(["all"], bench.Pushes(c)));
        Assert.Equal(0, bench.Frames.Out);
        Assert.Equal(Devices, bench.Counts("pusher.qos0.deliveries")[""]);
    }

    [Fact]
    public async Task ToTenant_SeveralTenants_OnlyItsOwnAndEachOnce()
    {
        var (acme, other) = (ReactorBench.Devices(5), ReactorBench.Devices(4, "other"));
        await using var bench = new ReactorBench([.. acme, .. other]);
        var acmes = Array.ConvertAll(acme, d => bench.Login(d));
        var others = Array.ConvertAll(other, d => bench.Login(d));

        Assert.Equal(5, bench.ToTenant("acme", "a").Reached);
        Assert.Equal(4, bench.ToTenant("other", "o").Reached);
        Assert.Equal(0, bench.ToTenant("nobody", "n").Reached);
        bench.Turn();

        Assert.All(acmes, c => Assert.Equal(["a"], bench.Pushes(c)));
        Assert.All(others, c => Assert.Equal(["o"], bench.Pushes(c)));
        Assert.Equal(0, bench.Frames.Out);
    }

    [Fact]
    public async Task ToTenant_DevicesComeAndGoDuringTheWalk_TheRestGetItOnce()
    {
        const int Devices = UnstoredSessions.DeliveriesPerTurnMax + 10;
        var devices = ReactorBench.Devices(Devices + 1);
        await using var bench = new ReactorBench(devices);
        var connections = Array.ConvertAll(devices[..Devices], d => bench.Login(d));
        bench.ToTenant("acme", "all");
        bench.Turn(); // all but the first ten logins have it

        bench.Handler.OnClosed(connections[9], CloseReason.PeerClosed); // the walk stands here
        bench.Handler.OnClosed(connections[8], CloseReason.PeerClosed);
        bench.Handler.OnClosed(connections[3], CloseReason.PeerClosed);
        bench.Handler.OnClosed(connections[500], CloseReason.PeerClosed); // had it
        var late = bench.Login(devices[^1]);

        int[] gone = [3, 8, 9];
        bench.TurnsUntil(() => bench.Frames.Out == 0, "the walk ends");
        Assert.All(connections.Index(), c => Assert.Equal(gone.Contains(c.Index) ? [] : ["all"], bench.Pushes(c.Item)));
        Assert.Empty(bench.Pushes(late));
        Assert.Equal(Devices - 4 + 1, bench.ToTenant("acme", "next").Reached);
    }

    [Fact]
    public async Task ToTenant_MoreFanOutsThanMayWait_AreCountedAndReleased()
    {
        var devices = ReactorBench.Devices(UnstoredSessions.DeliveriesPerTurnMax);
        await using var bench = new ReactorBench(devices);
        var connection = Array.ConvertAll(devices, d => bench.Login(d))[^1];
        for (var i = 0; i < UnstoredSessions.FanOutsMax + 3; i++)
        {
            Assert.Equal(devices.Length, bench.ToTenant("acme", $"{i}").Reached);
        }

        bench.TurnsUntil(() => bench.Frames.Out == 0, "all fan-outs are done");

        Assert.Equal(Enumerable.Range(0, UnstoredSessions.FanOutsMax).Select(i => $"{i}"), bench.Pushes(connection));
        Assert.Equal(3L * devices.Length, bench.Counts("pusher.qos0.drops")["overload"]);
    }

    [Fact]
    public async Task ToDevice_MoreThanMayWaitForAReactor_OverloadedUntilItHasTurned()
    {
        var devices = ReactorBench.Devices(1);
        await using var bench = new ReactorBench(devices);
        var connection = bench.Login(devices[0]);
        var payload = new byte[60_000];
        var taken = 0;
        while (bench.ToDevice(devices[0], payload).Reached == 1)
        {
            taken++;
            Assert.True(taken < 10_000, "somebody takes without an end");
        }

        Assert.InRange(taken * payload.Length, 8 << 20, 16 << 20);
        bench.Turn();
        Assert.Equal(taken, bench.Pushes(connection).Length);
        Assert.Equal(0, bench.Frames.Out);
        Assert.Equal(1, bench.ToDevice(devices[0], payload).Reached);
        Assert.Equal(1, bench.Counts("pusher.qos0.drops")["overload"]);
    }

    [Fact]
    public async Task ToDeviceAndTenant_ConnectionTakesNothing_DroppedCountedAndReleased()
    {
        var devices = ReactorBench.Devices(2);
        await using var bench = new ReactorBench(devices);
        var connections = Array.ConvertAll(devices, d => bench.Login(d));
        bench.Reactor.Outcome = SendOutcome.Backlogged;
        bench.ToTenant("acme", "all");
        bench.Turn();
        bench.Reactor.Outcome = SendOutcome.Gone;
        bench.ToTenant("acme", "all");
        bench.Turn();

        Assert.All(connections, c => Assert.Empty(bench.Pushes(c)));
        Assert.Equal(2, bench.Counts("pusher.qos0.drops")["backlog"]);
        Assert.Equal(2, bench.Counts("pusher.qos0.drops")["offline"]);
        Assert.Equal(0, bench.Frames.Out);
    }

    [Fact]
    public async Task ToDevice_GoneBeforeTheMailIsRead_DroppedAsOfflineAndReleased()
    {
        var devices = ReactorBench.Devices(1);
        await using var bench = new ReactorBench(devices);
        var connection = bench.Login(devices[0]);
        Assert.Equal(1, bench.ToDevice(devices[0], [1]).Reached);
        bench.Handler.OnClosed(connection, CloseReason.PeerClosed);
        bench.Turn();
        Assert.Equal(1, bench.Counts("pusher.qos0.drops")["offline"]);
        Assert.Equal(0, bench.Frames.Out);
        bench.TurnsUntil(() => bench.ToDevice(devices[0], [1]).Reached == 0, "the directory knows that it is gone");
    }

    [Fact]
    public async Task ToTenant_SessionEndedAndItsConnectionNotGoneYet_GetsNothingBehindItsGoodbye()
    {
        var devices = ReactorBench.Devices(2);
        await using var bench = new ReactorBench(devices);
        var connections = Array.ConvertAll(devices, d => bench.Login(d));
        bench.Receive(connections[0], o => o.Write("no frame at all"u8)); // refused, and still in its tenant's list
        Assert.Equal((byte)FrameType.GoAway, bench.Reactor.Take(connections[0])[3]);
        Assert.Equal(2, bench.ToTenant("acme", "all").Reached);
        bench.Turn();

        Assert.Empty(bench.Pushes(connections[0]));
        Assert.Equal(["all"], bench.Pushes(connections[1]));
        Assert.Equal(1, bench.Counts("pusher.qos0.drops")["offline"]);
        Assert.Equal(0, bench.Frames.Out);
    }

    [Fact]
    public async Task ToTenant_SomeWithChecksum_EachGetsItsEncoding()
    {
        var devices = ReactorBench.Devices(4);
        await using var bench = new ReactorBench(devices);
        var connections = devices.Select((d, i) => bench.Login(d, i % 2 == 0 ? FrameFlags.None : FrameFlags.Checksum)).ToArray();
        bench.ToTenant("acme", "both");
        bench.Turn();

        var frames = Array.ConvertAll(connections, c => bench.Reactor.Take(c));
        Assert.Equal([0, 0x80, 0, 0x80], frames.Select(f => (int)f[2]));
        Assert.Equal(frames[0].Length + FrameHeader.TrailerSize, frames[1].Length);
        Assert.Equal(frames[1], frames[3]);
        Assert.Equal("both"u8.ToArray(), frames[1][^8..^4]);
    }

    [Fact]
    public async Task Publish_SteadyState_AllocatesNothingUpToTheTransport()
    {
        var devices = ReactorBench.Devices(200);
        await using var bench = new ReactorBench(devices);
        foreach (var device in devices)
        {
            bench.Login(device, device == devices[7] ? FrameFlags.Checksum : FrameFlags.None);
        }

        bench.Reactor.KeepsFrames = false;
        var publish = new ReusedPublish { Qos = 0, Payload = Encoding.UTF8.GetBytes(new string('x', 128)) };
        Round(bench, publish, devices, 20);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Round(bench, publish, devices, 50);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(70 * (devices.Length + 1), publish.Answers);
        Assert.Equal(70 * devices.Length, bench.Reactor.FramesSent); // of the fan-outs; unicasts were gathered
    }

    // In each round one message to every device by itself, and one to all.
    private static void Round(ReactorBench bench, ReusedPublish publish, TestDevice[] devices, int rounds)
    {
        for (var i = 0; i < rounds; i++)
        {
            publish.Target = PublishTarget.Device;
            foreach (var device in devices)
            {
                publish.Device = device.Identity;
                bench.Dispatcher.Publish(publish);
            }

            bench.Turn();
            bench.Reactor.Flush();
            publish.Target = PublishTarget.All;
            bench.Dispatcher.Publish(publish);
            bench.Turn();
        }
    }
}
