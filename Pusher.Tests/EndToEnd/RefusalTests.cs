using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>Publishes that are refused: the exact answer over NATS and HTTP, and nothing stored.</summary>
public sealed class RefusalTests(SmallQueueNode node) : IClassFixture<SmallQueueNode>
{
    private const int QueueMessages = 5;

    public static TheoryData<string, string, string> BadHeaders => new()
    {
        { "Pusher-Id", "has a space", "Pusher-Id must be 1 to 64 printable ASCII characters without space." },
        { "Pusher-Id", new string('i', 65), "Pusher-Id must be 1 to 64 printable ASCII characters without space." },
        { "Nats-Msg-Id", new string('i', 65), "Nats-Msg-Id must be 1 to 64 printable ASCII characters without space." },
        { "Pusher-Ttl", "soon", "Pusher-Ttl must be a number with unit ms, s, m, h or d (seconds when none is given), at most 366d." },
        { "Pusher-Ttl", "-1", "Pusher-Ttl must be a number with unit ms, s, m, h or d (seconds when none is given), at most 366d." },
        { "Pusher-Qos", "2", "Pusher-Qos must be 0 or 1." },
        { "Pusher-Priority", "256", "Pusher-Priority must be 0 to 255." },
        { "Pusher-Priority", "high", "Pusher-Priority must be 0 to 255." },
        { "Pusher-Colapse", "x", "Pusher-Colapse is not known to this version." },
    };

    public static TheoryData<string> BadSubjects =>
    [
        "pusher.pub.acme",
        "pusher.pub.acme.device",
        "pusher.pub.acme.device.a.b",
        "pusher.pub.acme.store.s1",
        "pusher.pub.acme.tag.t1",
        "pusher.pub.acme.all",
        "pusher.pub.acme.nonsense.x",
        "pusher.pub.ac/me.device.p1",
        "pusher.pub.acme.device.p@1",
        "pusher.pub.acme.device." + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ];

    [Theory]
    [MemberData(nameof(BadHeaders))]
    public async Task Publish_BadHeader_IsBadRequestThatNamesIt(string name, string value, string error)
    {
        var device = node.TakeDevice();

        var overNats = await node.PublishAsync(device, "x", (name, value));
        var (code, overHttp) = await node.Node.PublishAsync(device, "x", (name, value));

        Assert.Equal(HttpStatusCode.BadRequest, code);
        foreach (var reply in new[] { overNats, overHttp })
        {
            AssertRefused(reply, "bad_request", retry: false);
            Assert.Equal(error, reply.GetProperty("error").GetString());
        }

        await AssertNothingStoredAsync(device);
    }

    [Theory]
    [InlineData("Pusher-Id", "order-7", "order-8")]
    [InlineData("Nats-Msg-Id", "order-7", "order-8")]
    [InlineData("Pusher-Ttl", "5m", "6m")]
    public async Task Publish_HeaderTwiceWithOtherValues_IsBadRequest(string name, string first, string second)
    {
        var device = node.TakeDevice();

        var overNats = await node.PublishAsync(device, "x", (name, first), (name, second));
        var overHttp = await PublishByHandAsync(device, $"{name}: {first}", $"{name.ToUpperInvariant()}: {second}");

        foreach (var reply in new[] { overNats, overHttp })
        {
            AssertRefused(reply, "bad_request", retry: false);
            Assert.Equal($"{name} is there twice with different values.", reply.GetProperty("error").GetString(), ignoreCase: true);
        }

        await AssertNothingStoredAsync(device);
    }

    [Fact]
    public async Task Publish_HeaderTwiceWithTheSameValue_IsOneHeader()
    {
        var device = node.TakeDevice();

        var overNats = await node.PublishAsync(device, "x", ("Pusher-Id", "order-7"), ("Pusher-Id", "order-7"));
        var overHttp = await PublishByHandAsync(device, "Pusher-Id: order-7", "Pusher-Id: order-7");

        Assert.Equal("ok", overNats.GetProperty("status").GetString());
        Assert.Equal("duplicate", overHttp.GetProperty("status").GetString());
    }

    [Theory]
    [MemberData(nameof(BadSubjects))]
    public async Task Publish_BadSubject_IsAnsweredBadRequest(string subject)
    {
        var reply = await node.Client.RequestAsync(subject, "x");

        Assert.NotNull(reply);
        AssertRefused(reply.Json, "bad_request", retry: false);
        Assert.NotEqual("", reply.Json.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("acme", "p@1", HttpStatusCode.BadRequest, "bad_request")]
    [InlineData("ac%20me", "p1", HttpStatusCode.BadRequest, "bad_request")]
    [InlineData("acme", "p%2F1", HttpStatusCode.BadRequest, "bad_request")]
    [InlineData("acme", "nobody", HttpStatusCode.NotFound, "unknown_device")]
    [InlineData("nobody", "device-1", HttpStatusCode.NotFound, "unknown_device")]
    [InlineData("_pusher", "canary-node-1", HttpStatusCode.NotFound, "unknown_device")]
    public async Task PublishOverHttp_BadOrUnknownNames_ExactAnswer(string tenant, string device, HttpStatusCode expected, string status)
    {
        var (code, reply) = await node.Node.PublishAsync(tenant, device, [1]);

        Assert.Equal(expected, code);
        AssertRefused(reply, status, retry: false);
    }

    [Fact]
    public async Task Publish_UnknownDevice_IsSaidOverNats()
    {
        var reply = await node.Client.RequestAsync("pusher.pub.acme.device.nobody", "x");

        AssertRefused(reply!.Json, "unknown_device", retry: false);
    }

    [Fact]
    public async Task Publish_PayloadOverTheLimit_IsTooLarge()
    {
        var device = node.TakeDevice();
        var payload = new byte[(64 * 1024) + 1];

        var overNats = await node.Client.RequestAsync($"pusher.pub.acme.device.{device.Identity.Device}", payload);
        var (code, overHttp) = await node.Node.PublishAsync("acme", device.Identity.Device, payload);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, code);
        AssertRefused(overNats!.Json, "too_large", retry: false);
        AssertRefused(overHttp, "too_large", retry: false);
        await AssertNothingStoredAsync(device);
    }

    [Fact]
    public async Task Publish_QueueFull_IsRefusedUntilTheDeviceTakesSome()
    {
        var device = node.TakeDevice();
        for (var i = 0; i < QueueMessages; i++)
        {
            Assert.Equal("ok", (await node.PublishAsync(device, $"m{i}")).GetProperty("status").GetString());
        }

        var overNats = await node.PublishAsync(device, "too many", ("Pusher-Id", "later"));
        var (code, overHttp) = await node.Node.PublishAsync(device, "too many", ("Pusher-Id", "later"));

        Assert.Equal(HttpStatusCode.TooManyRequests, code);
        foreach (var reply in new[] { overNats, overHttp })
        {
            AssertRefused(reply, "queue_full", retry: true);
            Assert.Equal(QueueMessages, reply.GetProperty("queue_depth").GetInt32());
        }

        var (raw, _) = await RawDevice.LoginNewAsync(node.Node.Listen, device);
        await using var disposal = raw;
        await raw.AckAsync((await raw.ReadAsync(FrameType.Push)).Place);
        await Eventually.TrueAsync(
            async () => (await node.PublishAsync(device, "later", ("Pusher-Id", "later"))).GetProperty("status").GetString() is "ok" or "duplicate",
            "a place in the queue is free again");
    }

    [Fact]
    public async Task Publish_QueueFull_IdOfAStoredMessageIsStillADuplicate()
    {
        var device = node.TakeDevice();
        var first = await node.PublishAsync(device, "m", ("Pusher-Id", "first"));
        for (var i = 1; i < QueueMessages; i++)
        {
            await node.PublishAsync(device, $"m{i}");
        }

        var again = await node.PublishAsync(device, "m", ("Pusher-Id", "first"));

        Assert.Equal("duplicate", again.GetProperty("status").GetString());
        Assert.Equal(first.GetProperty("message_id").GetString(), again.GetProperty("message_id").GetString());
    }

    [Fact]
    public async Task Http_WhatIsNotThere_Is404WithWords()
    {
        var (code, body) = await node.Node.GetAsync("v1/nothing");

        Assert.Equal(HttpStatusCode.NotFound, code);
        Assert.Contains("/v1/tenants/", JsonDocument.Parse(body).RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1/tenants/acme/messages/12x")]
    [InlineData("v1/tenants/acme/messages/-1")]
    [InlineData("v1/tenants/acme/messages/99999999999999999999999")]
    [InlineData("v1/tenants/ac%20me/messages/1")]
    [InlineData("v1/tenants/acme/devices/p@1/messages/x")]
    public async Task Find_MalformedIds_AreBadRequests(string path)
    {
        var (code, body) = await node.Node.GetAsync(path);

        Assert.Equal(HttpStatusCode.BadRequest, code);
        Assert.Contains("malformed", body, StringComparison.Ordinal);
    }

    private static void AssertRefused(JsonElement reply, string status, bool retry)
    {
        Assert.Equal(status, reply.GetProperty("status").GetString());
        Assert.Equal(retry, reply.GetProperty("retry").GetBoolean());
        Assert.False(reply.TryGetProperty("message_id", out _));
        Assert.False(string.IsNullOrEmpty(reply.GetProperty("error").GetString()));
    }

    // The client of the platform would join the values into one line.
    private async Task<JsonElement> PublishByHandAsync(TestDevice device, params string[] headers)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(node.Node.Process.Http, TestContext.Current.CancellationToken);
        var head = string.Concat(headers.Append("Host: pusher").Append("Connection: close").Append("Content-Length: 1").Select(header => header + "\r\n"));
        var request = $"POST /v1/tenants/acme/devices/{device.Identity.Device}/messages HTTP/1.1\r\n{head}\r\nx";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream());
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        return JsonDocument.Parse(answer[answer.IndexOf('{', StringComparison.Ordinal)..(answer.LastIndexOf('}') + 1)]).RootElement;
    }

    private async Task AssertNothingStoredAsync(TestDevice device)
    {
        var marker = await node.PublishAsync(device, "marker");
        Assert.Equal(1UL, marker.GetProperty("seq").GetUInt64());
        Assert.Equal(1, marker.GetProperty("queue_depth").GetInt32());
    }
}
