using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Pusher.Core.Protocol;
using Pusher.Tests.Cli;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>Two nodes that have their devices from Redis: keys come and go at one, and count at the other at once.</summary>
public sealed class SharedKeysTests : IAsyncLifetime
{
    private const string Token = "canary-Pw3xT9cL6sHd1fGj";

    private readonly string _tokenFile = Path.GetTempFileName();
    private readonly TestDevice _device = new("acme", "printer");
    private TestCluster _cluster = null!;
    private TestNode _n1 = null!;
    private TestNode _n2 = null!;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(_tokenFile, Token, TestContext.Current.CancellationToken);
        _cluster = await TestCluster.StartAsync(2, _ => { }, "--credentials", "redis", "--admin-token-file", _tokenFile);
        (_n1, _n2) = (_cluster.Nodes[0], _cluster.Nodes[1]);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        File.Delete(_tokenFile);
    }

    [Fact]
    public async Task Key_AddedAtOneNode_LogsInAtTheOtherAndIsPublishedTo()
    {
        await AssertRefusedAsync(_n2, _device, CloseReason.Unauthorized);
        Assert.Equal("unknown_device", (await _n2.PublishAsync(_device, "order")).Reply.GetProperty("status").GetString());

        Assert.Equal((HttpStatusCode.OK, 1), await AddAsync(_n1, _device));

        // The other node had noted that there is no such device, and was told.
        await Eventually.TrueAsync(async () => (await _n2.PublishAsync(_device, "order")).Reply.GetProperty("status").GetString() == "ok");
        var (raw, _) = await RawDevice.LoginNewAsync(_n2.Listen, _device);
        await using var disposal = raw;
        Assert.Equal("order", (await raw.ReadAsync(FrameType.Push)).BodyText);
        await AssertRefusedAsync(_n2, new TestDevice("acme", "printer"), CloseReason.Unauthorized); // its name, another key
    }

    [Fact]
    public async Task Key_Removed_SessionAtTheOtherNodeEndsAndNoneBegins()
    {
        await AddAsync(_n1, _device);
        var (raw, _) = await RawDevice.LoginNewAsync(_n2.Listen, _device);
        await using var disposal = raw;

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(_n1, HttpMethod.Delete, "v1/credentials/acme/printer")).Code);

        await raw.ReadAsync(FrameType.GoAway);
        await Eventually.TrueAsync(async () => (await _n2.PublishAsync(_device, "order")).Reply.GetProperty("status").GetString() == "unknown_device");
        await AssertRefusedAsync(_n1, _device, CloseReason.Unauthorized);
        await AssertRefusedAsync(_n2, _device, CloseReason.Unauthorized);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(_n1, HttpMethod.Delete, "v1/credentials/acme/printer")).Code);
    }

    [Fact]
    public async Task Key_OfADeviceThatHasOne_IsReplacedOnlyWhenAskedFor()
    {
        await AddAsync(_n1, _device);
        var next = new TestDevice("acme", "printer");
        Assert.Equal((HttpStatusCode.Conflict, 0), await AddAsync(_n2, next));
        await AssertRefusedAsync(_n2, next, CloseReason.Unauthorized);

        var (code, reply) = await SendAsync(_n2, HttpMethod.Post, "v1/credentials?replace=true", "pusher-credentials 1\n" + TestCredentials.Line(next));

        Assert.Equal((HttpStatusCode.OK, 1), (code, reply.GetProperty("replaced").GetInt32()));
        await Eventually.TrueAsync(async () =>
        {
            // Before node 1 has heard of the change it may let the device in, and then out again to come back.
            await using var raw = await RawDevice.ConnectAsync(_n1.Listen);
            return (await raw.TryLoginAsync(next)).Type == FrameType.Welcome;
        });
        await AssertRefusedAsync(_n1, _device, CloseReason.Unauthorized);
    }

    [Fact]
    public async Task Keys_ImportListRevoke_ByTheCommandLine()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "pusher-credentials 1\n" + TestCredentials.Line(_device), TestContext.Current.CancellationToken);
        string[] at = ["--http", _n1.Http.ToString(), "--token-file", _tokenFile];
        Assert.Equal((0, "1 added, 0 replaced, 0 unchanged\n", ""), await PusherProcess.RunAsync(["keys", "import", file, .. at]));
        Assert.Equal((0, "0 added, 0 replaced, 1 unchanged\n", ""), await PusherProcess.RunAsync(["keys", "import", file, .. at]));
        Assert.Equal((0, "acme/printer\n", ""), await PusherProcess.RunAsync(["keys", "list", .. at]));
        var (raw, _) = await RawDevice.LoginNewAsync(_n2.Listen, _device);
        await raw.DisposeAsync();
        Assert.NotEqual(0, (await PusherProcess.RunAsync(["keys", "add", "acme/printer", .. at])).ExitCode); // it has a key
        Assert.Equal(0, (await PusherProcess.RunAsync(["keys", "revoke", "acme/printer", .. at])).ExitCode);
        Assert.Equal((0, "", ""), await PusherProcess.RunAsync(["keys", "list", .. at]));
        File.Delete(file);
    }

    [Fact]
    public async Task Redis_Away_NobodyIsToldThatItsKeyIsWrong()
    {
        await AddAsync(_n1, _device);
        await _cluster.Redis.KillAsync();
        await AssertRefusedAsync(_n1, _device, CloseReason.StoreUnavailable);
        await AssertRefusedAsync(_n1, new TestDevice("acme", "nobody"), CloseReason.StoreUnavailable);
    }

    [Fact]
    public async Task Admin_WithoutTheToken_MayNothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_n1.Http, "v1/credentials"));
        request.Content = new StringContent("pusher-credentials 1\n" + TestCredentials.Line(_device));
        Assert.Equal(HttpStatusCode.Unauthorized, (await _n1.SendAsync(request)).Code);
        var (code, _) = await SendAsync(_n1, HttpMethod.Post, "v1/credentials", "no credentials file");
        Assert.Equal(HttpStatusCode.BadRequest, code);
        await AssertRefusedAsync(_n1, _device, CloseReason.Unauthorized);
    }

    private static async Task<(HttpStatusCode Code, int Added)> AddAsync(TestNode node, TestDevice device)
    {
        var (code, reply) = await SendAsync(node, HttpMethod.Post, "v1/credentials", "pusher-credentials 1\n" + TestCredentials.Line(device));
        return (code, reply.GetProperty("added").GetInt32());
    }

    private static async Task<(HttpStatusCode Code, JsonElement Reply)> SendAsync(TestNode node, HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(node.Http, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        request.Content = body is null ? null : new StringContent(body);
        return await node.SendAsync(request);
    }

    private static async Task AssertRefusedAsync(TestNode node, TestDevice device, CloseReason reason)
    {
        await using var raw = await RawDevice.ConnectAsync(node.Listen);
        var answer = await raw.TryLoginAsync(device);
        Assert.Equal((FrameType.Refused, reason), (answer.Type, answer.Farewell.Reason));
    }
}
