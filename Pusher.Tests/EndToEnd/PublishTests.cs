using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>From a publish over NATS or HTTP to the device and back.</summary>
public sealed class PublishTests(DefaultNode node) : IClassFixture<DefaultNode>
{
    [Fact]
    public async Task PublishOverNats_DeviceAcks_StateIsAcked()
    {
        var device = node.TakeDevice();
        var (raw, welcome) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;
        Assert.Equal("node-e2e", welcome.Node);

        var reply = await node.PublishAsync(device, "order 1", ("Pusher-Id", "o-1"), ("Pusher-Priority", "7"), ("Pusher-Ttl", "1h"));
        var push = await raw.ReadAsync(FrameType.Push);
        await raw.AckAsync(push.Place);

        Assert.Equal("ok", reply.GetProperty("status").GetString());
        Assert.False(reply.GetProperty("duplicate").GetBoolean());
        Assert.False(reply.GetProperty("retry").GetBoolean());
        Assert.True(reply.GetProperty("online").GetBoolean());
        Assert.Equal(1, reply.GetProperty("queue_depth").GetInt32());
        Assert.Equal(push.Push.MessageId.ToString(CultureInfo.InvariantCulture), Id(reply));
        Assert.Equal(push.Place, Place(reply));
        Assert.Equal(1UL, push.Place.Seq);
        Assert.Equal("order 1", push.BodyText);
        Assert.Equal(7, push.Push.Priority);
        Assert.Equal(PushFlags.None, push.Push.Flags);
        Assert.InRange(push.Push.ExpiresAtUnixMs, 1, long.MaxValue);
        var state = await node.Node.WaitForStateAsync("acme", Id(reply), "acked");
        Assert.Equal(device.Identity.Device, state.GetProperty("device").GetString());
        Assert.Equal("o-1", state.GetProperty("publisher_id").GetString());
        Assert.True(state.TryGetProperty("ended_at", out _));
    }

    [Fact]
    public async Task Publish_DeviceReportsResult_StateIsDoneAndReceiptIsPublished()
    {
        var device = node.TakeDevice();
        var receipts = await node.Client.SubscribeAsync($"pusher.evt.acme.receipt.{device.Identity.Device}");
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;
        var reply = await node.PublishAsync(device, "x");
        var push = await raw.ReadAsync(FrameType.Push);

        await raw.DoneAsync(push.Push.MessageId, DeliveryResult.OutOfPaper, "tray 2 empty");
        await raw.AckAsync(push.Place);

        var state = await node.Node.WaitForStateAsync("acme", Id(reply), "done");
        Assert.Equal("out_of_paper", state.GetProperty("result").GetString());
        Assert.Equal("tray 2 empty", state.GetProperty("result_text").GetString());
        var receipt = (await receipts.ReadAsync(TestContext.Current.CancellationToken)).Json;
        Assert.Equal(Id(reply), receipt.GetProperty("message_id").GetString());
        Assert.Equal("out_of_paper", receipt.GetProperty("result").GetString());
    }

    [Fact]
    public async Task PublishOverHttp_SameSemantics()
    {
        var device = node.TakeDevice();
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;

        var (code, reply) = await node.Node.PublishAsync(device, "by http", ("Pusher-Id", "h-1"));
        var push = await raw.ReadAsync(FrameType.Push);
        await raw.AckAsync(push.Place);
        var (again, duplicate) = await node.Node.PublishAsync(device, "by http", ("Pusher-Id", "h-1"));

        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal("ok", reply.GetProperty("status").GetString());
        Assert.Equal("by http", push.BodyText);
        Assert.Equal(Place(reply), push.Place);
        Assert.Equal(HttpStatusCode.OK, again);
        Assert.Equal("duplicate", duplicate.GetProperty("status").GetString());
        Assert.Equal(Id(reply), Id(duplicate));
        await node.Node.WaitForStateAsync("acme", Id(reply), "acked");
    }

    [Fact]
    public async Task Publish_SameIdOverNatsThenHttp_IsADuplicateOfTheFirst()
    {
        var device = node.TakeDevice();

        var first = await node.PublishAsync(device, "first", ("Pusher-Id", "same"));
        var second = await node.PublishAsync(device, "second", ("Nats-Msg-Id", "same"));
        var (_, third) = await node.Node.PublishAsync(device, "third", ("Pusher-Id", "same"));
        var other = await node.PublishAsync(node.TakeDevice(), "another device", ("Pusher-Id", "same"));

        Assert.Equal("ok", first.GetProperty("status").GetString());
        foreach (var reply in new[] { second, third })
        {
            Assert.Equal("duplicate", reply.GetProperty("status").GetString());
            Assert.True(reply.GetProperty("duplicate").GetBoolean());
            Assert.Equal(Id(first), Id(reply));
            Assert.Equal(Place(first), Place(reply));
        }

        Assert.Equal("ok", other.GetProperty("status").GetString());
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;
        Assert.Equal("first", (await raw.ReadAsync(FrameType.Push)).BodyText);
        Assert.Equal(1, first.GetProperty("queue_depth").GetInt32());
    }

    [Fact]
    public async Task Publish_DeviceOffline_GetsAllInOrderAfterLogin()
    {
        var device = node.TakeDevice();
        for (var i = 1; i <= 40; i++)
        {
            var reply = await node.PublishAsync(device, $"m{i}");
            Assert.False(reply.GetProperty("online").GetBoolean());
            Assert.Equal((ulong)i, Place(reply).Seq);
            Assert.Equal(i, reply.GetProperty("queue_depth").GetInt32());
        }

        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device, window: 8);
        await using var disposal = raw;

        for (var i = 1; i <= 40; i++)
        {
            var push = await raw.ReadAsync(FrameType.Push);
            Assert.Equal($"m{i}", push.BodyText);
            Assert.Equal((ulong)i, push.Place.Seq);
            await raw.AckAsync(push.Place);
        }
    }

    [Fact]
    public async Task Publish_NotAcknowledged_IsSentAgainWithFlagInOrder()
    {
        var device = node.TakeDevice();
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;
        await node.PublishAsync(device, "a");
        await node.PublishAsync(device, "b");

        var first = await raw.ReadAsync(FrameType.Push);
        var second = await raw.ReadAsync(FrameType.Push);
        var again = await raw.ReadAsync(FrameType.Push);
        var secondAgain = await raw.ReadAsync(FrameType.Push);
        await raw.AckAsync(secondAgain.Place);

        Assert.Equal(["a", "b", "a", "b"], new[] { first, second, again, secondAgain }.Select(p => p.BodyText));
        Assert.Equal(PushFlags.None, first.Push.Flags);
        Assert.Equal(PushFlags.Redelivery, again.Push.Flags);
        Assert.Equal(first.Place, again.Place);
        Assert.Equal(first.Push.MessageId, again.Push.MessageId);
    }

    [Fact]
    public async Task Publish_LargestPayload_ArrivesWhole()
    {
        var device = node.TakeDevice();
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;
        var payload = new byte[64 * 1024];
        Random.Shared.NextBytes(payload);

        var reply = await node.Client.RequestAsync($"pusher.pub.acme.device.{device.Identity.Device}", payload);
        var push = await raw.ReadAsync(FrameType.Push);
        await raw.AckAsync(push.Place);

        Assert.Equal("ok", reply!.Json.GetProperty("status").GetString());
        Assert.Equal(payload, push.Body);
        await node.Node.WaitForStateAsync("acme", Id(reply.Json), "acked");
    }

    [Fact]
    public async Task Publish_EmptyPayload_Arrives()
    {
        var device = node.TakeDevice();
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;

        var reply = await node.PublishAsync(device, "");

        Assert.Equal("ok", reply.GetProperty("status").GetString());
        Assert.Empty((await raw.ReadAsync(FrameType.Push)).Body);
    }

    [Fact]
    public async Task Publish_WithoutReplySubject_IsStoredAllTheSame()
    {
        var device = node.TakeDevice();

        await node.Client.PublishAsync($"pusher.pub.acme.device.{device.Identity.Device}", Encoding.ASCII.GetBytes("silent"));

        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;
        Assert.Equal("silent", (await raw.ReadAsync(FrameType.Push)).BodyText);
    }

    [Fact]
    public async Task Find_ByPublisherId_SameAsByMessageId()
    {
        var device = node.TakeDevice();
        var reply = await node.PublishAsync(device, "x", ("Pusher-Id", "find-me"));

        var byId = await node.Node.FindAsync("acme", Id(reply));
        var (code, byPublisherId) = await GetJsonAsync($"v1/tenants/acme/devices/{device.Identity.Device}/messages/find-me");

        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal("pending", byId!.Value.GetProperty("state").GetString());
        Assert.Equal(byId.Value.GetRawText(), byPublisherId.GetRawText());
    }

    [Fact]
    public async Task Find_MessageOfAnotherTenant_IsNotFound()
    {
        var reply = await node.PublishAsync(node.TakeDevice(), "x");

        Assert.Null(await node.Node.FindAsync("other", Id(reply)));
        Assert.Null(await node.Node.FindAsync("acme", "1"));
        Assert.NotNull(await node.Node.FindAsync("acme", Id(reply)));
    }

    private static string Id(JsonElement reply) => reply.GetProperty("message_id").GetString()!;

    private static StreamPosition Place(JsonElement reply) => new(reply.GetProperty("stream").GetUInt32(), reply.GetProperty("seq").GetUInt64());

    private async Task<(HttpStatusCode Code, JsonElement Reply)> GetJsonAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(node.Node.Http, path));
        return await node.Node.SendAsync(request);
    }
}
