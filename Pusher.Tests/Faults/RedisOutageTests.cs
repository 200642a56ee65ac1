using System.Net;
using Pusher.Client.Devices;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Faults;

/// <summary>A node whose messages and routes are in Redis, and what it does when Redis or the node itself goes away.</summary>
[Collection(FaultsDefinition.Name)]
public sealed class RedisOutageTests : IAsyncLifetime
{
    private RedisServerProcess _redis = null!;

    public async ValueTask InitializeAsync() => _redis = await RedisServerProcess.StartNewAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task Redis_KilledAndStartedAgain_KeepsDevicesOnlineAndLosesNothing()
    {
        await using var run = await StartAsync();
        await run.ConnectDevicesAsync();
        run.StartPublishers(count: 2, outstanding: 8);
        await run.HandedMoreAsync(300);
        await _redis.KillAsync();
        await Eventually.TrueAsync(async () => (await run.Node.GetAsync("readyz")).Code == HttpStatusCode.ServiceUnavailable, "readiness fails without Redis");
        var (code, reply) = await run.Node.PublishAsync(run.Identities[0], "refused", ("Pusher-Id", "refused"));
        Assert.NotEqual((HttpStatusCode.OK, "ok"), (code, reply.GetProperty("status").GetString()));
        Assert.All(run.Devices, d => Assert.Equal(ClientSessionState.Online, d.Client.State));
        await _redis.StartAsync();
        await Eventually.TrueAsync(async () => (await run.Node.GetAsync("readyz")).Code == HttpStatusCode.OK, "readiness comes back");

        await run.HandedMoreAsync(300);
        Assert.All(run.Devices, d => Assert.Equal(ClientSessionState.Online, d.Client.State));
        run.AssertClean(await run.FinishAsync(), acceptedMin: 600);
        Assert.DoesNotContain("   at ", run.Node.Logs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Node_KilledUnderLoad_GoesOnWithWhatIsInRedis()
    {
        await using var run = await StartAsync();
        await run.ConnectDevicesAsync();
        run.StartPublishers(count: 2, outstanding: 8);
        for (var kill = 0; kill < 3; kill++)
        {
            await run.HandedMoreAsync(200);
            await run.Node.KillAsync();
            await run.Node.StartAgainAsync();
        }

        await run.HandedMoreAsync(200);
        run.AssertClean(await run.FinishAsync(), acceptedMin: 600);
    }

    private Task<LoadRun> StartAsync() => LoadRun.StartAsync(devices: 4, options: ["--redis", _redis.Address]);
}
