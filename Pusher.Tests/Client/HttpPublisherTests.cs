using System.Net;
using System.Net.Sockets;
using System.Text;
using Pusher.Client.Publishing;
using Xunit;

namespace Pusher.Tests.Client;

public sealed class HttpPublisherTests : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly List<string> _requests = [];

    public HttpPublisherTests()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
        probe.Stop();
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Uri Address { get; }

    public void Dispose() => _listener.Close();

    [Fact]
    public async Task PublishAsync_Ok_SendsTokenOptionsAndPayload()
    {
        var answering = AnswerAsync(200, """{"status":"ok","message_id":"12","stream":7,"seq":3,"queue_depth":1,"online":false,"retry":false}""");
        await using var publisher = Publisher();
        var result = await publisher.PublishAsync("acme", "printer-1", "soup"u8.ToArray(), new PublishOptions { PublisherId = "order-1", Ttl = TimeSpan.FromSeconds(5) }, Cancel);
        await answering;
        Assert.Equal((PublishStatus.Ok, 12ul, 3ul), (result.Status, result.MessageId, result.Seq));
        Assert.Equal("POST /v1/tenants/acme/devices/printer-1/messages|Bearer secret|order-1|5000ms|soup", _requests.Single());
    }

    [Fact]
    public async Task PublishToAllAsync_QosZero_NoIdAndTheNumberReached()
    {
        var answering = AnswerAsync(200, """{"status":"ok","message_id":"12","reached":118,"retry":false}""");
        await using var publisher = Publisher();
        var result = await publisher.PublishToAllAsync("acme", "soup"u8.ToArray(), new PublishOptions { Qos = 0 }, Cancel);
        await answering;
        Assert.Equal((PublishStatus.Ok, 12ul, 118, ""), (result.Status, result.MessageId, result.Reached, result.PublisherId));
        Assert.StartsWith("POST /v1/tenants/acme/all/messages|Bearer secret||", _requests.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PublishAsync_QosZeroUnknown_IsNotTriedAgain()
    {
        var answering = AnswerAsync(504, """{"status":"unknown","retry":true,"error":"?"}""");
        await using var publisher = Publisher(TimeSpan.FromSeconds(1), attempts: 3);
        var result = await publisher.PublishAsync("acme", "printer-1", default, new PublishOptions { Qos = 0 }, Cancel);
        await answering;
        Assert.Equal((PublishStatus.Unknown, 1), (result.Status, result.Attempts));
    }

    [Fact]
    public async Task PublishAsync_OptionsThatDoNotFitTheQos_Throw()
    {
        await using var publisher = Publisher();
        await Assert.ThrowsAsync<ArgumentException>(async () => await publisher.PublishAsync("acme", "p", default, new PublishOptions { Qos = 0, PublisherId = "a" }, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(async () => await publisher.PublishAsync("acme", "p", default, new PublishOptions { Qos = 2 }, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(async () => await publisher.PublishToAllAsync("acme", default, new PublishOptions(), Cancel));
    }

    [Theory]
    [InlineData(429, """{"status":"queue_full","online":false,"retry":true,"error":"full"}""", PublishStatus.QueueFull)]
    [InlineData(404, """{"status":"unknown_device","online":false,"retry":false,"error":"who?"}""", PublishStatus.UnknownDevice)]
    [InlineData(401, "", PublishStatus.Unauthorized)]
    [InlineData(502, "<html>bad gateway</html>", PublishStatus.Unknown)]
    [InlineData(404, "<html>not here</html>", PublishStatus.BadRequest)]
    public async Task PublishAsync_Refused_IsAStatus(int code, string body, PublishStatus status)
    {
        var answering = AnswerAsync(code, body);
        await using var publisher = Publisher();
        Assert.Equal(status, (await publisher.PublishAsync("acme", "printer-1", default, null, Cancel)).Status);
        await answering;
    }

    [Fact]
    public async Task PublishAsync_NobodyThere_IsCertainThatNothingWasStored()
    {
        _listener.Stop();
        await using var publisher = Publisher();
        var result = await publisher.PublishAsync("acme", "printer-1", default, null, Cancel);
        Assert.Equal((PublishStatus.Unavailable, true), (result.Status, result.NothingStored));
    }

    [Fact]
    public async Task PublishAsync_NoAnswer_IsUnknown()
    {
        await using var publisher = Publisher(TimeSpan.FromMilliseconds(200));
        var pending = publisher.PublishAsync("acme", "printer-1", default, null, Cancel);
        await _listener.GetContextAsync();
        Assert.Equal(PublishStatus.Unknown, (await pending).Status);
    }

    [Fact]
    public async Task FindAsync_ByPublisherId_EscapesItAndGivesTheState()
    {
        var answering = AnswerAsync(200, """{"message_id":"12","state":"done","result":"printed"}""");
        await using var publisher = Publisher();
        var lookup = await publisher.FindAsync("acme", "printer-1", "a/b?c", Cancel);
        await answering;
        Assert.Equal((MessageLookupStatus.Found, "done", "printed"), (lookup.Status, lookup.State, lookup.Result));
        Assert.StartsWith("GET /v1/tenants/acme/devices/printer-1/messages/a%2Fb%3Fc|", _requests.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindAsync_NotThere_IsAStatus()
    {
        var answering = AnswerAsync(404, """{"error":"no such message"}""");
        await using var publisher = Publisher();
        Assert.Equal(MessageLookupStatus.NotFound, (await publisher.FindAsync("acme", 5, Cancel)).Status);
        await answering;
    }

    private HttpPublisher Publisher(TimeSpan? attemptTime = null, int attempts = 1) => new(new HttpPublisherOptions
    {
        BaseAddress = Address,
        Token = "secret",
        Retry = PublishRetryOptions.None with { Attempts = attempts, AttemptTime = attemptTime ?? TimeSpan.FromSeconds(20) },
    });

    private async Task AnswerAsync(int code, string body)
    {
        var context = await _listener.GetContextAsync();
        using var reader = new StreamReader(context.Request.InputStream);
        var headers = context.Request.Headers;
        _requests.Add($"{context.Request.HttpMethod} {context.Request.RawUrl}|{headers["Authorization"]}|{headers["Pusher-Id"]}|{headers["Pusher-Ttl"]}|{await reader.ReadToEndAsync(Cancel)}");
        context.Response.StatusCode = code;
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body), Cancel);
        context.Response.Close();
    }
}
