using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>Secrets that are planted everywhere a secret can be turn up in no log, however talkative, and whatever goes wrong.</summary>
public sealed class SecretTests : IAsyncLifetime
{
    private const string Token = "canary-5f3c-q8w7-r2d2-http-4711";
    private const string WrongToken = "canary-9z1k-m4n6-p0x8-http-4712";
    private const string Payload = "canary-payload-of-an-order";
    private const string Password = "canary-nats-password";

    private NatsServerProcess _nats = null!;
    private TestNode _node = null!;
    private TestDevice _device = null!;

    public async ValueTask InitializeAsync()
    {
        _nats = await NatsServerProcess.StartNewAsync($"authorization {{ user: pusher, password: {Password} }}");
        var secrets = Directory.CreateTempSubdirectory("pusher-secrets-").FullName;
        await File.WriteAllTextAsync(Path.Combine(secrets, "token"), Token + "\n");
        await File.WriteAllTextAsync(Path.Combine(secrets, "password"), Password + "\n");
        _node = new TestNode
        {
            NatsUrl = _nats.Url,
            Options =
            [
                "--log-level", "debug", "--http-token-file", Path.Combine(secrets, "token"), "--nats-user", "pusher", "--nats-password-file", Path.Combine(secrets, "password"),
                "--ack-timeout", "100ms", "--ack-timeout-max", "100ms", "--attempts-max", "2", "--queue-messages", "3",
            ],
        }.OnFixedPorts();
        _device = _node.Credentials.Add("printer");
        try
        {
            await _node.StartAsync();
        }
        catch
        {
            await DisposeAsync(); // the runner disposes only of what was initialized
            throw;
        }
        finally
        {
            Directory.Delete(secrets, recursive: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _nats.DisposeAsync();
    }

    [Fact]
    public async Task Http_WithoutOrWithWrongToken_IsUnauthorized()
    {
        foreach (var token in new[] { null, WrongToken, Token[..^1], Token + "x" })
        {
            var (code, body) = await PublishAsync(token, "x");
            Assert.Equal(HttpStatusCode.Unauthorized, code);
            Assert.Contains("\"unauthorized\"", body, StringComparison.Ordinal);
            using var find = new HttpRequestMessage(HttpMethod.Get, new Uri(_node.Http, "v1/tenants/acme/messages/1"));
            find.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
            Assert.Equal(HttpStatusCode.Unauthorized, (await _node.SendAsync(find)).Code);
        }

        Assert.Equal(HttpStatusCode.OK, (await PublishAsync(Token, "x")).Code);
    }

    [Fact]
    public async Task Logs_AfterEverythingThatCanGoWrong_HoldNoSecret()
    {
        for (var i = 0; i < 5; i++)
        {
            await PublishAsync(Token, Payload); // the last ones find the queue full
        }

        await PublishAsync(WrongToken, Payload);
        await using (var raw = await RawDevice.ConnectAsync(_node.Listen))
        {
            await raw.LoginAsync(_device);
            while ((await raw.ReadAsync()).Type != FrameType.Skipped)
            {
                continue; // until the first message is given up as dead
            }

            await raw.SendAsync(o => FrameWriter.WriteEvent(o, FrameFlags.None, 1, "note", Encoding.ASCII.GetBytes(Payload)));
            await raw.SendAsync(Payload);
            while (await raw.ReadOrEndAsync() is not null)
            {
                continue;
            }
        }

        await using (var wrong = await RawDevice.ConnectAsync(_node.Listen))
        {
            await wrong.TryLoginAsync(new TestDevice("acme", "printer"));
        }

        _node.Credentials.SaveText($"pusher-credentials 1\nacme/printer sha256:{Base64Url.EncodeToString(_device.StoredKey())}x\n");
        await Eventually.TrueAsync(() => _node.Logs.Contains("not taken over", StringComparison.Ordinal), "the bad credentials are reported");
        await _nats.KillAsync();
        await _nats.StartAsync();
        Assert.Equal(0, await _node.TerminateAsync());

        var logs = _node.Logs;
        Assert.Contains("logged in", logs, StringComparison.Ordinal); // it does talk
        Assert.Contains("given up as dead", logs, StringComparison.Ordinal);
        string[] secrets =
        [
            Token, WrongToken, Payload, Password, Base64Url.EncodeToString(_device.StoredKey()), Base64Url.EncodeToString(_device.Key.Span),
            Convert.ToBase64String(_device.Key.Span), Convert.ToHexString(_device.Key.Span), Convert.ToHexString(_device.StoredKey()), Convert.ToBase64String(Encoding.ASCII.GetBytes(Payload)),
        ];
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, logs, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("   at ", logs, StringComparison.Ordinal);
    }

    private async Task<(HttpStatusCode Code, string Body)> PublishAsync(string? token, string payload)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_node.Http, "v1/tenants/acme/devices/printer/messages"));
        request.Content = new StringContent(payload);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        var (code, reply) = await _node.SendAsync(request);
        return (code, reply.GetRawText());
    }
}
