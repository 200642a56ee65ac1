using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Pusher.Core.Protocol;
using Pusher.Router.Routes.Redis;
using Pusher.Server.Http;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Server.Http;

/// <summary>The HTTP side on a real port of the loopback.</summary>
public sealed class AdminServerTests : IAsyncLifetime, IReadiness, INodeControl
{
    private const string Token = "canary-Zq8vR2mW5tYb7nKd";
    private const string AdminToken = "canary-Pw3xT9cL6sHd1fGj";
    private const string Messages = "/v1/tenants/acme/devices/printer-1/messages";

    private readonly PublishBench _bench = new(storeOptions: new ModelStoreOptions { QueueMessagesMax = 5 });
    private readonly CollectingLogger<AdminServer> _log = new();
    private readonly HttpClient _http = new();
    private readonly ConcurrentQueue<string> _drained = new();
    private AdminServer _server = null!;

    public ReadinessReport Current { get; set; } = new(true, "ok", 1_772_366_400_123, 1.5);

    public string Node => "n1";

    public IReadOnlyList<NodeLease> Nodes { get; } =
    [
        new("n1", 17, 0, "10.0.0.1:7800", 12, IsDraining: false, 1_772_366_400_123, 34, IsAskedToDrain: false),
        new("n2", 18, 1, "10.0.0.2:7800", 5, IsDraining: true, 1_772_366_400_456, 0, IsAskedToDrain: true),
    ];

    public Task<bool> DrainAsync(string node)
    {
        _drained.Enqueue(node);
        return Task.FromResult(node == "n2");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = new AdminServer(new AdminServerOptions { Port = 0, Token = Token, AdminToken = AdminToken }, _bench.Dispatcher, _bench.Store, this, this, null, TimeProvider.System, _log);
        await _server.StartAsync(Cancel);
        _http.BaseAddress = new Uri($"http://127.0.0.1:{_server.Port}");
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        _bench.Dispose();
    }

    [Fact]
    public async Task Post_Good_StoredAndAnsweredLikeOverNats()
    {
        var (status, body, _) = await PostAsync(Messages, "order", ("Pusher-Id", "order-7"), ("Pusher-Ttl", "90"));
        var stored = _bench.Store.Dump().Single();
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("ok", body.GetProperty("status").GetString());
        Assert.Equal(stored.MessageId.ToString(), body.GetProperty("message_id").GetString());
        Assert.Equal(stored.AcceptedAtUnixMs + 90_000, stored.ExpiresAtUnixMs);
        Assert.Equal("order"u8.ToArray(), _bench.Bell.Messages.Single().Message.Payload.ToArray());

        var (again, duplicate, _) = await PostAsync(Messages, "order", ("Pusher-Id", "order-7"));
        Assert.Equal(HttpStatusCode.OK, again);
        Assert.True(duplicate.GetProperty("duplicate").GetBoolean());
        Assert.Equal(body.GetProperty("message_id").GetString(), duplicate.GetProperty("message_id").GetString());
    }

    [Fact]
    public async Task Post_Bad_StatusCodesAndNames()
    {
        await ExpectAsync(HttpStatusCode.BadRequest, "bad_request", Messages, "x", ("Pusher-Nonsense", "1"));
        await ExpectAsync(HttpStatusCode.BadRequest, "bad_request", "/v1/tenants/a%20b/devices/d/messages", "x");
        await ExpectAsync(HttpStatusCode.NotFound, "unknown_device", "/v1/tenants/acme/devices/other/messages", "x");
        await ExpectAsync(HttpStatusCode.RequestEntityTooLarge, "too_large", Messages, new string('x', 65_537));
        Assert.Empty(_bench.Store.Dump());

        await ExpectAsync(HttpStatusCode.OK, "ok", Messages, new string('x', 65_536));
        for (var i = 0; i < 4; i++)
        {
            await ExpectAsync(HttpStatusCode.OK, "ok", Messages, "");
        }

        await ExpectAsync(HttpStatusCode.TooManyRequests, "queue_full", Messages, "x");
        _bench.Store.IsUnavailable = true;
        var headers = await ExpectAsync(HttpStatusCode.ServiceUnavailable, "store_unavailable", Messages, "x");
        Assert.NotNull(headers.RetryAfter);
    }

    [Fact]
    public async Task Post_StoreSilent_UnknownAfterTheDeadline()
    {
        await using var impatient = new AdminServer(
            new AdminServerOptions { Port = 0, Token = Token, AnswerTimeoutMs = 50 }, _bench.Dispatcher, _bench.Store, this, this, null, TimeProvider.System, _log);
        await impatient.StartAsync(Cancel);
        _bench.Store.IsManual = true;
        await ExpectAsync(HttpStatusCode.GatewayTimeout, "unknown", $"http://127.0.0.1:{impatient.Port}{Messages}", "x");
    }

    [Fact]
    public async Task Post_EndlessChunkedBody_RefusedAfterTheLimit()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _server.Port, Cancel);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST {Messages} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {Token}\r\nTransfer-Encoding: chunked\r\n\r\n"), Cancel);
        var chunk = Encoding.ASCII.GetBytes("4000\r\n" + new string('x', 0x4000) + "\r\n");
        for (var i = 0; i < 5; i++)
        {
            await stream.WriteAsync(chunk, Cancel); // 80 KiB, and the body has no end
        }

        using var reader = new StreamReader(stream);
        var line = await reader.ReadLineAsync(Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.Contains("413", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer ")]
    [InlineData("Bearer wrong")]
    [InlineData("Basic " + Token)]
    [InlineData(Token)]
    public async Task V1_WithoutTheToken_UnauthorizedAndNothingStored(string? authorization)
    {
        foreach (var (method, path) in new[] { (HttpMethod.Post, Messages), (HttpMethod.Get, "/v1/tenants/acme/messages/1"), (HttpMethod.Get, Messages + "/order-7") })
        {
            using var bare = new HttpClient { BaseAddress = _http.BaseAddress };
            using var request = new HttpRequestMessage(method, path);
            if (authorization is not null)
            {
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
            }

            using var response = await bare.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }

        Assert.Empty(_bench.Store.Dump());
    }

    [Fact]
    public async Task Get_Message_ByBothIds()
    {
        var (_, published, _) = await PostAsync(Messages, "x", ("Pusher-Id", "order/7"));
        var id = published.GetProperty("message_id").GetString();
        var stored = _bench.Store.Dump().Single();
        _bench.Store.Acknowledge(PublishBench.Printer, stored.Stream, 1);
        _bench.Store.RecordDone(PublishBench.Printer, stored.MessageId, DeliveryResult.Printed, "ok");

        foreach (var path in new[] { $"/v1/tenants/acme/messages/{id}", $"{Messages}/order%2F7" })
        {
            var (status, body) = await GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Equal("done", body.GetProperty("state").GetString());
            Assert.Equal("printed", body.GetProperty("result").GetString());
            Assert.Equal(id, body.GetProperty("message_id").GetString());
            Assert.Equal("order/7", body.GetProperty("publisher_id").GetString());
        }

        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync($"/v1/tenants/other/messages/{id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(Messages + "/none")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await GetAsync("/v1/tenants/acme/messages/abc")).Status);
        _bench.Store.IsUnavailable = true;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await GetAsync($"/v1/tenants/acme/messages/{id}")).Status);
    }

    [Fact]
    public async Task Get_HealthAndReadiness_ReasonShown()
    {
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/healthz")).Status);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/readyz")).Status);
        Current = new ReadinessReport(false, "the store did not answer within 3000 ms", 1, 3_000);
        var (status, body) = await GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal(Current.Reason, body.GetProperty("reason").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/other")).Status);
    }

    [Fact]
    public async Task Get_Metrics_ShowsPublishesByStatus()
    {
        await PostAsync(Messages, "x");
        await PostAsync(Messages, "x", ("Pusher-Ttl", "soon"));
        var text = await _http.GetStringAsync("/metrics", Cancel);
        Assert.Contains("pusher_publishes", text, StringComparison.Ordinal);
        Assert.Contains("status=\"bad_request\"", text, StringComparison.Ordinal);
        Assert.Contains("pusher_append_duration_seconds_bucket", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nodes_List_NamesEachWithItsLoad()
    {
        using var answer = await _http.GetAsync("/v1/nodes", Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var nodes = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel)).RootElement.GetProperty("nodes");
        Assert.Equal(2, nodes.GetArrayLength());
        Assert.Equal("n1 live 10.0.0.1:7800 12 34 True", Line(nodes[0]));
        Assert.Equal("n2 draining 10.0.0.2:7800 5 0 False", Line(nodes[1]));
        _http.DefaultRequestHeaders.Authorization = null;
        using var refused = await _http.GetAsync("/v1/nodes", Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        static string Line(JsonElement node) => string.Join(' ', new[] { "node", "state", "address", "connections", "messages_per_second", "asked" }.Select(key => node.GetProperty(key).ToString()));
    }

    [Theory]
    [InlineData(AdminToken, "n2", HttpStatusCode.Accepted)]
    [InlineData(AdminToken, "n9", HttpStatusCode.NotFound)]
    [InlineData(AdminToken, "not%20a%20name", HttpStatusCode.NotFound)]
    [InlineData(Token, "n2", HttpStatusCode.Unauthorized)]
    public async Task Nodes_Drain_AsksForTheAdministratorsToken(string token, string node, HttpStatusCode expected)
    {
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await _http.PostAsync($"/v1/nodes/{node}/drain", null, Cancel);
        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(expected == HttpStatusCode.Accepted || node == "n9" ? [node] : Array.Empty<string>(), _drained);
    }

    [Fact]
    public async Task Nodes_DrainWithoutAnAdministratorsToken_IsForbidden()
    {
        await using var plain = new AdminServer(new AdminServerOptions { Port = 0, Token = Token }, _bench.Dispatcher, _bench.Store, this, this, null, TimeProvider.System, _log);
        await plain.StartAsync(Cancel);
        using var answer = await _http.PostAsync($"http://127.0.0.1:{plain.Port}/v1/nodes/n2/drain", null, Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Empty(_drained);
    }

    [Fact]
    public void Options_AdministratorsTokenIsThePublishers_IsRefused()
        => Assert.Contains("--admin-token-file", Assert.Throws<ArgumentException>(() => new AdminServerOptions { Token = Token, AdminToken = Token }.Validate()).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Start_PortTaken_ErrorNamesTheOption()
    {
        await using var second = new AdminServer(
            new AdminServerOptions { Port = _server.Port, Token = Token }, _bench.Dispatcher, _bench.Store, this, this, null, TimeProvider.System, _log);
        var error = await Assert.ThrowsAsync<IOException>(() => second.StartAsync(Cancel));
        Assert.Contains("--http", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_AfterAllOfThis_HoldNoTokenAndNoPayload()
    {
        await PostAsync(Messages, "canary-payload-1", ("Pusher-Nonsense", "canary-header"));
        await PostAsync(Messages, "canary-payload-2");
        using var bare = new HttpClient { BaseAddress = _http.BaseAddress };
        bare.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer canary-wrong-token");
        using var response = await bare.PostAsync(Messages, new StringContent("canary-payload-3"), Cancel);
        Assert.Equal(1, _log.Count("HTTP listens")); // the collector collects
        Assert.Equal(0, _log.Count("canary"));
    }

    private async Task<(HttpStatusCode Status, JsonElement Body, HttpResponseHeaders Headers)> PostAsync(string path, string payload, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(payload)) };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await _http.SendAsync(request, Cancel);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel)).RootElement, response.Headers);
    }

    private async Task<HttpResponseHeaders> ExpectAsync(HttpStatusCode code, string status, string path, string payload, params (string Name, string Value)[] headers)
    {
        var answer = await PostAsync(path, payload, headers);
        Assert.Equal((code, status), (answer.Status, answer.Body.GetProperty("status").GetString()));
        return answer.Headers;
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(string path)
    {
        using var response = await _http.GetAsync(path, Cancel);
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel)).RootElement);
    }
}
