using System.Collections.Concurrent;
using NATS.Client.Core;
using Pusher.Router.Bus;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Router.Bus;

/// <summary>The bus on a real nats-server, and what only a server can do: go away, come back, refuse.</summary>
public sealed class NatsBusTests : ClusterBusContractTests, IAsyncLifetime
{
    private readonly CollectingLogger<NatsBus> _log = new();
    private NatsServerProcess _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await NatsServerProcess.StartNewAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Restart_OfServer_SubscriptionComesBackByItself()
    {
        await using var bus = await OpenAsync();
        var got = new ConcurrentQueue<string>();
        await using var subscription = await bus.SubscribeAsync("back.>", "g", m => got.Enqueue(m.Subject), Cancel);
        await _server.KillAsync();
        await Eventually.TrueAsync(() => !bus.IsConnected);
        await Assert.ThrowsAsync<BusUnavailableException>(async () => await bus.PublishAsync("back.lost", default, null, Cancel));

        await _server.StartAsync();
        await Eventually.TrueAsync(() => bus.IsConnected);
        await bus.PublishAsync("back.again", default, null, Cancel);

        await Eventually.TrueAsync(() => got.Contains("back.again"));
        Assert.DoesNotContain("back.lost", got);
        Assert.Equal(1, _log.Count("is gone"));
        Assert.Equal(2, _log.Count("connected."));
    }

    [Fact]
    public async Task Start_ServerNotThere_SaysSoOnceAndConnectsLater()
    {
        await using var late = NatsServerProcess.Prepare();
        await using var bus = Create(late.Url);
        var got = new ConcurrentQueue<string>();
        await using var subscription = await bus.SubscribeAsync("late.>", null, m => got.Enqueue(m.Subject), Cancel);
        await Eventually.TrueAsync(() => _log.Count("attempt 3") == 1);
        Assert.False(bus.IsConnected);
        Assert.Equal(1, _log.Lines.Count(l => l.StartsWith("Warning", StringComparison.Ordinal)));
        Assert.DoesNotContain(_log.Lines, l => l.Contains("   at ", StringComparison.Ordinal));

        await late.StartAsync();
        await Eventually.TrueAsync(() => bus.IsConnected);
        await Eventually.TrueAsync(async () =>
        {
            await bus.PublishAsync("late.x", default, null, Cancel);
            return got.Contains("late.x");
        });
    }

    [Fact]
    public async Task Dispose_ServerNotThere_EndsQuietly()
    {
        await using var late = NatsServerProcess.Prepare();
        var bus = Create(late.Url);
        await bus.SubscribeAsync("late.>", null, _ => { }, Cancel);
        await bus.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancel);
    }

    [Fact]
    public async Task Dispose_ServerGone_EndsQuietly()
    {
        var bus = await OpenAsync();
        await bus.SubscribeAsync("late.>", null, _ => { }, Cancel);
        await _server.KillAsync();
        await Eventually.TrueAsync(() => !bus.IsConnected);
        await bus.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancel);
    }

    [Theory]
    [InlineData("authorization { user: pusher, password: canary-secret-1 }", "pusher", "canary-secret-1", null)]
    [InlineData("authorization { token: canary-secret-2 }", null, null, "canary-secret-2")]
    public async Task Login_UserOrToken_Works(string configuration, string? user, string? password, string? token)
    {
        await using var guarded = await NatsServerProcess.StartNewAsync(configuration);
        await using var bus = Create(guarded.Url, o => o with { User = user, Password = password, Token = token });
        await Eventually.TrueAsync(() => bus.IsConnected);
        await guarded.KillAsync();
        await Eventually.TrueAsync(() => !bus.IsConnected);
        await guarded.StartAsync();
        await Eventually.TrueAsync(() => bus.IsConnected);
        Assert.Equal(0, _log.Count("canary-secret"));
    }

    [Fact]
    public async Task Login_WrongPassword_SaysSoKeepsTryingAndNamesNoSecret()
    {
        await using var guarded = await NatsServerProcess.StartNewAsync("authorization { user: pusher, password: right }");
        await using var bus = Create(guarded.Url, o => o with { User = "pusher", Password = "canary-secret-3" });
        await Eventually.TrueAsync(() => _log.Count("attempt 4") == 1);
        Assert.False(bus.IsConnected);
        Assert.Contains(_log.Lines, l => l.StartsWith("Warning", StringComparison.Ordinal) && l.Contains("Authorization Violation", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(0, _log.Count("canary-secret"));
    }

    [Fact]
    public async Task Permissions_Denied_OneErrorLineNamesTheSubject()
    {
        await using var guarded = await NatsServerProcess.StartNewAsync(
            "authorization { users = [ { user: u, password: p, permissions: { publish: { deny: \"no.pub\" }, subscribe: { deny: \"no.sub\" } } } ] }");
        await using var bus = Create(guarded.Url, o => o with { User = "u", Password = "p" });
        await Eventually.TrueAsync(() => bus.IsConnected);
        await using var subscription = await bus.SubscribeAsync("no.sub", null, _ => { }, Cancel);
        for (var i = 0; i < 3; i++)
        {
            await bus.PublishAsync("no.pub", default, null, Cancel);
        }

        await Eventually.TrueAsync(() => _log.Count("\"no.sub\"") == 1 && _log.Count("\"no.pub\"") == 1);
        Assert.All(_log.Lines.Where(l => l.Contains("\"no.", StringComparison.Ordinal)), l => Assert.StartsWith("Error", l, StringComparison.Ordinal));
    }

    [Fact]
    public void Create_CredentialsFileWithoutNKeys_ErrorNamesTheRemedy()
    {
        var options = new NatsBusOptions { Url = "nats://127.0.0.1:1", CredentialsFile = "/some/where" };
        var error = Assert.Throws<BusConfigurationException>(() => new NatsBus(options, _log, hasNKeys: false));
        Assert.Contains("nats.credentialsFile", error.Message, StringComparison.Ordinal);
        Assert.Contains("NatsWithNKeys=true", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nats://user:canary@127.0.0.1:4222", "nats.user")]
    [InlineData("http://127.0.0.1:4222", "nats://host:4222")]
    [InlineData("nats://", "nats://host:4222")]
    public void Create_BadUrl_ErrorNamesTheOption(string url, string part)
    {
        var error = Assert.Throws<BusConfigurationException>(() => new NatsBus(new NatsBusOptions { Url = url }, _log));
        Assert.Contains("nats.url", error.Message, StringComparison.Ordinal);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", error.Message, StringComparison.Ordinal);
    }

    protected override async Task<IClusterBus> OpenAsync(int capacity = 1024)
    {
        var bus = Create(_server.Url, o => o with { SubscriptionCapacity = capacity });
        await Eventually.TrueAsync(() => bus.IsConnected);
        return bus;
    }

    protected override async ValueTask PublishWithHeadersAsync(IClusterBus bus, string subject, IReadOnlyDictionary<string, string> headers, byte[] payload)
    {
        await using var publisher = new NatsConnection(NatsOpts.Default with { Url = _server.Url });
        var natsHeaders = new NatsHeaders();
        foreach (var (name, value) in headers)
        {
            natsHeaders[name] = value;
        }

        await publisher.PublishAsync(subject, payload, natsHeaders, cancellationToken: Cancel);
        await publisher.PingAsync(Cancel);
    }

    private NatsBus Create(string url, Func<NatsBusOptions, NatsBusOptions>? change = null)
    {
        var options = new NatsBusOptions { Url = url, ReconnectWaitMinMs = 20, ReconnectWaitMaxMs = 50, ReconnectJitterMs = 20 };
        return new NatsBus(change?.Invoke(options) ?? options, _log);
    }
}
