using System.Globalization;
using System.Net;
using System.Text.Json;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>QoS 0 from a publisher over NATS or HTTP to devices: at most once, to whom is online, never stored.</summary>
public sealed class UnstoredTests(DefaultNode node) : IClassFixture<DefaultNode>
{
    private static readonly (string Name, string Value) QosZero = ("Pusher-Qos", "0");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Publish_DeviceOnline_GetsItOnceAndNothingIsStored(bool overNats)
    {
        var device = node.TakeDevice();
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;

        var reply = await PublishAsync(overNats, device, "ping", QosZero, ("Pusher-Priority", "9"));
        var push = await raw.ReadAsync(FrameType.Push);

        AssertReached(1, reply);
        Assert.True(reply.GetProperty("online").GetBoolean());
        Assert.Equal(push.Push.MessageId.ToString(CultureInfo.InvariantCulture), reply.GetProperty("message_id").GetString());
        Assert.Equal(new StreamPosition(0, 0), push.Place);
        Assert.Equal((PushFlags.None, (byte)9, 0L), (push.Push.Flags, push.Push.Priority, push.Push.ExpiresAtUnixMs));
        Assert.Equal("ping", push.BodyText);
        Assert.Null(await node.Node.FindAsync("acme", reply.GetProperty("message_id").GetString()!));
        await AssertNextIsFirstStoredAsync(device, raw);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Publish_DeviceOffline_OkReachedNobodyAndALaterLoginGetsNothing(bool overNats)
    {
        var device = node.TakeDevice();

        var reply = await PublishAsync(overNats, device, "lost", QosZero);

        AssertReached(0, reply);
        Assert.False(reply.GetProperty("online").GetBoolean());
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;
        await AssertNextIsFirstStoredAsync(device, raw);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PublishToAll_DevicesOfTheTenantGetIt_OthersDoNot(bool overNats)
    {
        var tenant = overNats ? "chain-n" : "chain-h";
        var members = await LoginAsync(await AddAsync(tenant, "a", "b", "c"));
        var stranger = node.TakeDevice();
        var (outside, _) = await RawDevice.LoginNewAsync(node.Node.Listen, stranger);
        await using var disposal = outside;
        await using var ends = new Disposals(members);

        var reply = await PublishToAllAsync(overNats, tenant, "to all", QosZero);

        AssertReached(3, reply);
        Assert.False(reply.TryGetProperty("online", out _));
        foreach (var member in members)
        {
            var push = await member.ReadAsync(FrameType.Push);
            Assert.Equal("to all", push.BodyText);
            Assert.Equal(push.Push.MessageId.ToString(CultureInfo.InvariantCulture), reply.GetProperty("message_id").GetString());
        }

        // Two rounds through the stranger's reactor: whatever it was to get of the fan-out, it has.
        foreach (var marker in new[] { "marker 1", "marker 2" })
        {
            AssertReached(1, await node.PublishAsync(stranger, marker, QosZero));
            Assert.Equal(marker, (await outside.ReadAsync(FrameType.Push)).BodyText);
        }

        // The other way round, so that the silence above says something.
        Assert.True((await PublishToAllAsync(overNats, "acme", "to the others", QosZero)).GetProperty("reached").GetInt32() >= 1);
        Assert.Equal("to the others", (await outside.ReadAsync(FrameType.Push)).BodyText);
    }

    [Fact]
    public async Task PublishToAll_SomeWithChecksum_BothEncodingsAreValid()
    {
        var devices = await AddAsync("crc", "plain", "checked-1", "checked-2");
        var (plain, _) = await RawDevice.LoginNewAsync(node.Node.Listen, devices[0]);
        var (first, _) = await RawDevice.LoginNewAsync(node.Node.Listen, devices[1], FrameFlags.Checksum);
        var (second, _) = await RawDevice.LoginNewAsync(node.Node.Listen, devices[2], FrameFlags.Checksum);
        await using var ends = new Disposals([plain, first, second]);

        AssertReached(3, await PublishToAllAsync(true, "crc", "same for all", QosZero));
        foreach (var (device, flags) in new[] { (plain, FrameFlags.None), (first, FrameFlags.Checksum), (second, FrameFlags.Checksum) })
        {
            var push = await device.ReadAsync(FrameType.Push); // fails on a trailer that is wrong
            Assert.Equal((flags, "same for all"), (push.Flags, push.BodyText));
        }

        AssertReached(1, await node.PublishAsync(devices[1], "for one", QosZero)); // not before: a fan-out and a message for one have no order
        var one = await first.ReadAsync(FrameType.Push);
        Assert.Equal((FrameFlags.Checksum, "for one"), (one.Flags, one.BodyText));
    }

    [Fact]
    public async Task Publish_BothQos_InterleaveAndOnlyTheStoredOnesAreCounted()
    {
        var device = node.TakeDevice();
        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device, window: 64);
        await using var disposal = raw;
        for (var i = 1; i <= 20; i++)
        {
            Assert.Equal("ok", (await node.PublishAsync(device, $"stored {i}")).GetProperty("status").GetString());
            AssertReached(1, await node.PublishAsync(device, $"unstored {i}", QosZero));
        }

        var (stored, unstored) = (0, 0);
        while (stored + unstored < 40)
        {
            var push = await raw.ReadAsync(FrameType.Push);
            var (seq, text) = push.Push.Stream == 0 ? (0, $"unstored {++unstored}") : (++stored, $"stored {stored}");
            Assert.Equal((text, (ulong)seq), (push.BodyText, push.Push.Seq));
        }

        Assert.Equal(20, stored);
    }

    [Fact]
    public async Task Publish_TargetsAndOptionsThatDoNotFit_AreRefusedClearly()
    {
        var device = node.TakeDevice();
        AssertRefused("QoS 0 only", await PublishToAllAsync(true, "acme", "x"), await PublishToAllAsync(false, "acme", "x"));
        AssertRefused("Pusher-Id", await node.PublishAsync(device, "x", QosZero, ("Pusher-Id", "a")), (await node.Node.PublishAsync(device, "x", QosZero, ("Nats-Msg-Id", "a"))).Reply);
        AssertRefused("'store' is not served", (await node.Client.RequestAsync("pusher.pub.acme.store.s", "x", QosZero))!.Json, await PostAsync("v1/tenants/acme/stores/s/messages", "x", QosZero));
        AssertRefused("'tag' is not served", (await node.Client.RequestAsync("pusher.pub.acme.tag.t", "x", QosZero))!.Json, await PostAsync("v1/tenants/acme/tags/t/messages", "x", QosZero));
        var (code, unknown) = await node.Node.PublishAsync("acme", "nobody", [1], QosZero);
        Assert.Equal((HttpStatusCode.NotFound, "unknown_device"), (code, unknown.GetProperty("status").GetString()));
    }

    private static void AssertRefused(string part, params JsonElement[] replies)
    {
        foreach (var reply in replies)
        {
            Assert.Equal("bad_request", reply.GetProperty("status").GetString());
            Assert.Contains(part, reply.GetProperty("error").GetString(), StringComparison.Ordinal);
        }
    }

    private static void AssertReached(int devices, JsonElement reply)
    {
        Assert.Equal("ok", reply.GetProperty("status").GetString());
        Assert.Equal(devices, reply.GetProperty("reached").GetInt32());
        Assert.False(reply.TryGetProperty("seq", out _));
        Assert.False(reply.TryGetProperty("queue_depth", out _));
    }

    // The device's first stored message is the next thing it gets, and the first of its stream.
    private async Task AssertNextIsFirstStoredAsync(TestDevice device, RawDevice raw)
    {
        await node.PublishAsync(device, "marker");
        var push = await raw.ReadAsync(FrameType.Push);
        Assert.Equal(("marker", 1UL), (push.BodyText, push.Push.Seq));
        await raw.AckAsync(push.Place);
    }

    private async Task<JsonElement> PublishAsync(bool overNats, TestDevice device, string payload, params (string Name, string Value)[] headers)
        => overNats ? await node.PublishAsync(device, payload, headers) : (await node.Node.PublishAsync(device, payload, headers)).Reply;

    private async Task<JsonElement> PublishToAllAsync(bool overNats, string tenant, string payload, params (string Name, string Value)[] headers)
        => overNats
            ? (await node.Client.RequestAsync($"pusher.pub.{tenant}.all", payload, headers))!.Json
            : await PostAsync($"v1/tenants/{tenant}/all/messages", payload, headers);

    private async Task<JsonElement> PostAsync(string path, string payload, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Node.Http, path)) { Content = new StringContent(payload) };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return (await node.Node.SendAsync(request)).Reply;
    }

    private async Task<TestDevice[]> AddAsync(string tenant, params string[] names)
    {
        var devices = Array.ConvertAll(names, name => node.Node.Credentials.Add(name, tenant));
        node.Node.Credentials.Save();
        await Eventually.TrueAsync(
            async () => (await node.PublishAsync(devices[^1], "", QosZero)).GetProperty("status").GetString() == "ok",
            "the node has read the new credentials");
        return devices;
    }

    private async Task<RawDevice[]> LoginAsync(TestDevice[] devices)
    {
        var raws = new List<RawDevice>();
        foreach (var device in devices)
        {
            raws.Add((await RawDevice.LoginNewAsync(node.Node.Listen, device)).Device);
        }

        return [.. raws];
    }

    private sealed class Disposals(RawDevice[] devices) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var device in devices)
            {
                await device.DisposeAsync();
            }
        }
    }
}
