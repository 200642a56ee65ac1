using System.Text;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>Logins, takeovers, resume, revocation, events: what a device meets.</summary>
public sealed class SessionTests(DefaultNode node) : IClassFixture<DefaultNode>
{
    [Fact]
    public async Task Login_Twice_TheOlderIsReplacedAndTheNewerGetsTheUnacknowledged()
    {
        var device = node.TakeDevice();
        var (older, first) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var olderDisposal = older;
        await node.PublishAsync(device, "x");
        var push = await older.ReadAsync(FrameType.Push);

        var (newer, second) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var newerDisposal = newer;
        var farewell = await ReadPastPushesAsync(older);
        var again = await newer.ReadAsync(FrameType.Push);

        Assert.Equal(FrameType.GoAway, farewell.Type);
        Assert.Equal((CloseReason.Replaced, ProtocolLimits.RetryNever), (farewell.Farewell.Reason, farewell.Farewell.RetryAfterMs));
        await older.ExpectEndAsync();
        Assert.True(second.Values.Epoch > first.Values.Epoch);
        Assert.Equal(push.Place, again.Place);
        Assert.Equal(PushFlags.Redelivery, again.Push.Flags & PushFlags.Redelivery);
    }

    [Fact]
    public async Task Login_ManyTimesAtOnce_OneStays()
    {
        var device = node.TakeDevice();
        var raws = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            var raw = await RawDevice.ConnectAsync(node.Node.Listen);
            return (Raw: raw, Answer: await raw.TryLoginAsync(device));
        }));

        await node.PublishAsync(device, "for the last one");
        var outcomes = await Task.WhenAll(raws.Select(async r =>
            r.Answer.Type == FrameType.Refused ? r.Answer.Farewell.Reason.ToString() : (await r.Raw.ReadAsync()) is { Type: FrameType.Push } push ? push.BodyText : "Replaced"));

        Assert.Single(outcomes, "for the last one");
        Assert.Equal(9, outcomes.Count(o => o == nameof(CloseReason.Replaced)));
        foreach (var (raw, _) in raws)
        {
            await raw.DisposeAsync();
        }
    }

    [Fact]
    public async Task Login_SeenTellsOfLostAck_ResumesBehindIt()
    {
        var device = node.TakeDevice();
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await node.PublishAsync(device, "one");
        var reply = await node.PublishAsync(device, "two");
        var one = await raw.ReadAsync(FrameType.Push);
        await raw.ReadAsync(FrameType.Push);
        await raw.DisposeAsync(); // both taken, no ACK sent

        var (again, welcome) = await RawDevice.LoginNewAsync(node.Node.Listen, device, seen: one.Place);
        await using var disposal = again;
        var push = await again.ReadAsync(FrameType.Push);

        Assert.True(welcome.Values.Resumed);
        Assert.Equal([one.Place], welcome.Streams);
        Assert.Equal("two", push.BodyText);
        Assert.Equal(reply.GetProperty("seq").GetUInt64(), push.Place.Seq);
    }

    [Fact]
    public async Task Login_WrongKeyOrUnknownDevice_SameRefusal()
    {
        var wrong = new TestDevice("acme", node.TakeDevice().Identity.Device);
        var unknown = new TestDevice("acme", "nobody");
        await using var first = await RawDevice.ConnectAsync(node.Node.Listen);
        await using var second = await RawDevice.ConnectAsync(node.Node.Listen);

        var wrongAnswer = await first.TryLoginAsync(wrong);
        var unknownAnswer = await second.TryLoginAsync(unknown);

        Assert.Equal(FrameType.Refused, wrongAnswer.Type);
        Assert.Equal(CloseReason.Unauthorized, wrongAnswer.Farewell.Reason);
        Assert.Equal(wrongAnswer.Payload, unknownAnswer.Payload);
        await first.ExpectEndAsync();
        await second.ExpectEndAsync();
    }

    [Fact]
    public async Task Login_RecordedProofReplayed_IsRefused()
    {
        var device = node.TakeDevice();
        var nonce = new byte[ProtocolLimits.ClientNonceBytes];
        var proof = new byte[ProtocolLimits.KeyBytes];
        await using var recorded = await RawDevice.ConnectAsync(node.Node.Listen);
        var challenge = await HelloAsync(recorded);
        LoginProof.Compute(device.Key.Span, device.Identity.Tenant, device.Identity.Device, nonce, challenge, proof);
        await recorded.SendAsync(o => FrameWriter.WriteProof(o, FrameFlags.None, proof));
        _ = (await recorded.ReadAsync()).Welcome;

        for (var i = 0; i < 50; i++)
        {
            await using var replay = await RawDevice.ConnectAsync(node.Node.Listen);
            Assert.NotEqual(challenge, await HelloAsync(replay));
            await replay.SendAsync(o => FrameWriter.WriteProof(o, FrameFlags.None, proof));
            await replay.ExpectFarewellAsync(FrameType.Refused, CloseReason.Unauthorized);
        }

        async Task<byte[]> HelloAsync(RawDevice raw)
        {
            await raw.SendAsync(o => FrameWriter.WriteHello(o, FrameFlags.None, 0, 0, nonce, device.Identity.Tenant, device.Identity.Device, "", "", [], []));
            Assert.True(ChallengeFrame.TryRead((await raw.ReadAsync()).Payload, out var frame));
            return frame.ServerNonce.ToArray();
        }
    }

    [Fact]
    public async Task Session_WithChecksum_AllFramesHaveIt()
    {
        var device = node.TakeDevice();
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device, FrameFlags.Checksum);
        await using var disposal = raw;
        var reply = await node.PublishAsync(device, "checked");

        var push = await raw.ReadAsync(FrameType.Push);
        await raw.AckAsync(push.Place);
        await raw.HeartbeatAsync();
        var heartbeat = await raw.ReadAsync();

        Assert.Equal(FrameFlags.Checksum, push.Flags);
        Assert.Equal(FrameFlags.Checksum, heartbeat.Flags);
        Assert.Equal("checked", push.BodyText);
        await node.Node.WaitForStateAsync("acme", reply.GetProperty("message_id").GetString()!, "acked");
    }

    [Fact]
    public async Task Session_Event_IsPublishedAndAcknowledged()
    {
        var device = node.TakeDevice();
        var events = await node.Client.SubscribeAsync($"pusher.evt.acme.up.{device.Identity.Device}");
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;

        await raw.SendAsync(o => FrameWriter.WriteEvent(o, FrameFlags.None, 77, "paper-low", "12 m left"u8));
        var answer = await raw.ReadAsync(FrameType.EventAck);
        var json = (await events.ReadAsync(TestContext.Current.CancellationToken)).Json;

        Assert.Equal((77UL, EventStatus.Ok), answer.EventAnswer);
        Assert.Equal("77", json.GetProperty("event_id").GetString());
        Assert.Equal("paper-low", json.GetProperty("name").GetString());
        Assert.Equal(device.Identity.Device, json.GetProperty("device").GetString());
        Assert.Equal("12 m left", Encoding.ASCII.GetString(json.GetProperty("payload").GetBytesFromBase64()));
    }

    [Fact]
    public async Task Session_EventWithBadName_IsRejectedAndTheSessionGoesOn()
    {
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, node.TakeDevice());
        await using var disposal = raw;

        // The name "a.b" would be another subject.
        byte[] frame = [0xD7, 1, 0, (byte)FrameType.Event, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 5, 3, (byte)'a', (byte)'.', (byte)'b'];
        await raw.SendAsync(frame);

        Assert.Equal((5UL, EventStatus.Rejected), (await raw.ReadAsync(FrameType.EventAck)).EventAnswer);
        await raw.HeartbeatAsync();
        await raw.ReadAsync(FrameType.Heartbeat);
    }

    [Fact]
    public async Task Session_LargestEvent_IsPublishedWhole()
    {
        var device = node.TakeDevice();
        var events = await node.Client.SubscribeAsync($"pusher.evt.acme.up.{device.Identity.Device}");
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;
        var body = new byte[64 * 1024];
        Random.Shared.NextBytes(body);

        await raw.SendAsync(o => FrameWriter.WriteEvent(o, FrameFlags.None, 1, "log", body));

        Assert.Equal((1UL, EventStatus.Ok), (await raw.ReadAsync(FrameType.EventAck)).EventAnswer);
        var json = (await events.ReadAsync(TestContext.Current.CancellationToken)).Json;
        Assert.Equal(body, json.GetProperty("payload").GetBytesFromBase64());
    }

    [Fact]
    public async Task Session_AckBeyondWhatWasSent_IsClosedAsBadAck()
    {
        var device = node.TakeDevice();
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;
        var reply = await node.PublishAsync(device, "x");
        var push = await raw.ReadAsync(FrameType.Push);

        await raw.AckAsync(push.Place with { Seq = push.Place.Seq + 1 });

        var farewell = await ReadPastPushesAsync(raw);
        Assert.Equal(CloseReason.BadAck, farewell.Farewell.Reason);
        var state = await node.Node.FindAsync("acme", reply.GetProperty("message_id").GetString()!);
        Assert.Equal("pending", state!.Value.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Session_DoneForAMessageOfAnotherDevice_ChangesNothing()
    {
        var victim = node.TakeDevice();
        var reply = await node.PublishAsync(victim, "mine");
        var other = node.TakeDevice();
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, other);
        await using var disposal = raw;
        var own = await node.PublishAsync(other, "own");
        var push = await raw.ReadAsync(FrameType.Push);

        await raw.DoneAsync(ulong.Parse(Id(reply), System.Globalization.CultureInfo.InvariantCulture), DeliveryResult.Printed);
        await raw.DoneAsync(push.Push.MessageId, DeliveryResult.Printed);
        await raw.AckAsync(push.Place);

        await node.Node.WaitForStateAsync("acme", Id(own), "done");
        var state = await node.Node.FindAsync("acme", Id(reply));
        Assert.Equal("pending", state!.Value.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Session_WindowOfBytes_BoundsWhatIsOnTheWay()
    {
        var device = node.TakeDevice();
        for (var i = 0; i < 12; i++)
        {
            Assert.Equal("ok", (await node.PublishAsync(device, new string((char)('a' + i), 64 * 1024))).GetProperty("status").GetString());
        }

        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;
        var seen = new List<RawFrame> { await raw.ReadAsync(FrameType.Push) };
        while (seen[^1].Push.Flags == PushFlags.None)
        {
            seen.Add(await raw.ReadAsync(FrameType.Push)); // until the first one comes again
        }

        // 256 KiB of window and one message that may pass over it.
        Assert.InRange(seen.Count - 1, 1, 5);
        for (var i = 0UL; i < 12;)
        {
            var push = seen.Count > 0 ? seen[^1] : await raw.ReadAsync(FrameType.Push);
            seen.Clear();
            if (push.Place.Seq == i + 1)
            {
                Assert.Equal(64 * 1024, push.Body.Length);
                Assert.All(push.Body, b => Assert.Equal('a' + (int)i, b));
                i++;
                await raw.AckAsync(push.Place);
            }
        }
    }

    [Fact]
    public async Task Hello_ProposedWindowAndHeartbeat_AreGrantedWithinBounds()
    {
        var (raw, welcome) = await RawDevice.LoginNewAsync(node.Node.Listen, node.TakeDevice(), window: 60_000, heartbeatMs: uint.MaxValue);
        await using var disposal = raw;

        Assert.Equal(256, welcome.Values.Window);
        Assert.Equal(600_000u, welcome.Values.HeartbeatMs);
        Assert.Equal(64u * 1024, welcome.Values.PayloadBytesMax);
    }

    [Fact]
    public async Task Hello_SeenStreamThatNeverWas_IsAnsweredWithReset()
    {
        var device = node.TakeDevice();
        var (raw, welcome) = await RawDevice.LoginNewAsync(node.Node.Listen, device, seen: new StreamPosition(4_711, 9));
        await using var disposal = raw;
        var reset = (await raw.ReadAsync(FrameType.Reset)).Reset;
        await node.PublishAsync(device, "first of the new stream");
        var push = await raw.ReadAsync(FrameType.Push);

        Assert.False(welcome.Values.Resumed);
        Assert.Equal(4_711u, reset.Old);
        Assert.Equal(push.Place, new StreamPosition(reset.New, 1));
        Assert.Equal("first of the new stream", push.BodyText);
    }

    private static string Id(System.Text.Json.JsonElement reply) => reply.GetProperty("message_id").GetString()!;

    private static async Task<RawFrame> ReadPastPushesAsync(RawDevice raw)
    {
        var frame = await raw.ReadAsync();
        while (frame.Type == FrameType.Push)
        {
            frame = await raw.ReadAsync();
        }

        return frame;
    }
}
