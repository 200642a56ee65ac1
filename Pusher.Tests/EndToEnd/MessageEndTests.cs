using System.Text.Json;
using System.Threading.Channels;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>Messages that end without being delivered: their publisher and their device learn of it, and the next one flows.</summary>
public sealed class MessageEndTests(ImpatientNode node) : IClassFixture<ImpatientNode>
{
    [Fact]
    public async Task Publish_TtlEndsBeforeLogin_ExpiredEventAndSkippedAtTheDevice()
    {
        var device = node.TakeDevice();
        var events = await DeadEventsAsync(device);
        var expiring = await node.PublishAsync(device, "late order", ("Pusher-Ttl", "50ms"), ("Pusher-Id", "late"));
        await node.PublishAsync(device, "good order");

        var dead = (await events.ReadAsync(TestContext.Current.CancellationToken)).Json;
        var state = await node.Node.WaitForStateAsync("acme", Id(expiring), "expired");
        var (raw, welcome) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;
        var skipped = (await raw.ReadAsync(FrameType.Skipped)).Skipped;
        var push = await raw.ReadAsync(FrameType.Push);
        await raw.AckAsync(push.Place);

        Assert.Equal("expired", dead.GetProperty("state").GetString());
        Assert.Equal(Id(expiring), dead.GetProperty("message_id").GetString());
        Assert.Equal("late", dead.GetProperty("publisher_id").GetString());
        Assert.True(state.TryGetProperty("ended_at", out _));
        Assert.Equal((push.Place.Stream, 1UL, 1UL, SkipReason.Expired), skipped);
        Assert.Equal("good order", push.BodyText);
        Assert.Equal(2UL, push.Place.Seq);
        Assert.Equal(0u, welcome.Values.Lost);
    }

    [Fact]
    public async Task Publish_DeviceNeverAcknowledges_DeadAndTheNextOneFlows()
    {
        var device = node.TakeDevice();
        var events = await DeadEventsAsync(device);
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;
        var poison = await node.PublishAsync(device, "poison");
        var good = await node.PublishAsync(device, "good");

        var pushes = 0;
        var frame = await raw.ReadAsync();
        while (frame.Type == FrameType.Push)
        {
            pushes += frame.BodyText == "poison" ? 1 : 0;
            frame = await raw.ReadAsync();
        }

        var skipped = frame.Skipped;
        var next = await raw.ReadAsync(FrameType.Push);
        await raw.AckAsync(next.Place);

        Assert.Equal(3, pushes);
        Assert.Equal((1UL, 1UL, SkipReason.Dead), (skipped.First, skipped.Last, skipped.Reason));
        Assert.Equal("good", next.BodyText);
        var state = await node.Node.WaitForStateAsync("acme", Id(poison), "dead");
        Assert.Equal(3, state.GetProperty("attempts").GetInt32());
        var dead = (await events.ReadAsync(TestContext.Current.CancellationToken)).Json;
        Assert.Equal("dead", dead.GetProperty("state").GetString());
        Assert.Equal(Id(poison), dead.GetProperty("message_id").GetString());
        await node.Node.WaitForStateAsync("acme", Id(good), "acked");
    }

    [Fact]
    public async Task Publish_DeviceDiesAtTheMessageOnEveryLogin_EndsAsDeadAsWell()
    {
        var device = node.TakeDevice();
        var poison = await node.PublishAsync(device, "crashes the printer");
        await node.PublishAsync(device, "good");

        await Eventually.TrueAsync(
            async () =>
            {
                var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
                await using var disposal = raw;
                var frame = await raw.ReadAsync();
                return frame.Type == FrameType.Skipped && (await raw.ReadAsync(FrameType.Push)).BodyText == "good";
            },
            "the message that kills its device is given up");

        var state = await node.Node.WaitForStateAsync("acme", Id(poison), "dead");
        Assert.Equal(3, state.GetProperty("attempts").GetInt32());
    }

    [Fact]
    public async Task Login_NoProof_IsRefusedAfterTheLoginTimeout()
    {
        await using var silent = await RawDevice.ConnectAsync(node.Node.Listen);
        await using var half = await RawDevice.ConnectAsync(node.Node.Listen);
        await half.SendAsync(o => FrameWriter.WriteHello(o, FrameFlags.None, 0, 0, new byte[16], "acme", "device-1", "", "", [], []));
        Assert.Equal(FrameType.Challenge, (await half.ReadAsync()).Type);

        await silent.ExpectFarewellAsync(FrameType.Refused, CloseReason.LoginTimeout);
        await half.ExpectFarewellAsync(FrameType.Refused, CloseReason.LoginTimeout);
    }

    [Fact]
    public async Task Login_HeartbeatsOnly_DoNotExtendTheLoginTimeout()
    {
        await using var raw = await RawDevice.ConnectAsync(node.Node.Listen);
        RawFrame frame;
        do
        {
            await raw.HeartbeatAsync();
            frame = await raw.ReadAsync();
        }
        while (frame.Type == FrameType.Heartbeat);

        Assert.Equal(CloseReason.LoginTimeout, frame.Farewell.Reason);
    }

    [Fact]
    public async Task Session_Silent_IsClosedAfterTheHeartbeatTimeout()
    {
        var (silent, welcome) = await RawDevice.LoginNewAsync(node.Node.Listen, node.TakeDevice(), heartbeatMs: 1);
        var (alive, _) = await RawDevice.LoginNewAsync(node.Node.Listen, node.TakeDevice(), heartbeatMs: 1);
        await using var disposal = silent;
        await using var other = alive;
        Assert.Equal(1_000u, welcome.Values.HeartbeatMs);

        var end = silent.ExpectFarewellAsync(FrameType.GoAway, CloseReason.HeartbeatTimeout);
        while (!end.IsCompleted)
        {
            await alive.HeartbeatAsync();
            await alive.ReadAsync(FrameType.Heartbeat);
            await Task.WhenAny(end, Task.Delay(500, TestContext.Current.CancellationToken));
        }

        await end;
        await alive.HeartbeatAsync();
        await alive.ReadAsync(FrameType.Heartbeat);
    }

    private static string Id(JsonElement reply) => reply.GetProperty("message_id").GetString()!;

    private Task<ChannelReader<RawNatsMessage>> DeadEventsAsync(TestDevice device)
        => node.Client.SubscribeAsync($"pusher.evt.acme.dead.{device.Identity.Device}");
}
