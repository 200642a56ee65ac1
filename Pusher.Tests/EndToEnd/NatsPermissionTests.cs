using System.Net;
using Pusher.Local;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>What a NATS user may do, and what a node says when that is not enough: the log has the subject or the option, readiness fails, and nothing ends.</summary>
public sealed class NatsPermissionTests
{
    // As CLUSTER.md lists them.
    private const string Enough = """
        publish: { allow: ["pusher.int.kitchens.>", "pusher.evt.>", "_INBOX.>"] }, subscribe: { allow: ["pusher.int.kitchens.>", "pusher.pub.>"] }
        """;

    private const string NotInside = """
        publish: { allow: ["pusher.evt.>", "_INBOX.>"] }, subscribe: { allow: ["pusher.pub.>"] }
        """;

    [Fact]
    public async Task Permissions_AsDocumented_NodeIsReadyAndNothingIsRefused()
    {
        await using var nats = await StartNatsAsync(Enough);
        await using var node = await StartAsync(nats.Url, "secret-word");

        await TestCluster.WaitUntilReadyAsync(node);

        await using var client = await RawNatsClient.ConnectAsync(
            nats.Port, """{"verbose":false,"pedantic":false,"headers":true,"no_responders":true,"lang":"raw","version":"1","protocol":1,"user":"shop","pass":"shop"}""");
        Assert.Equal("ok", (await client.RequestAsync("pusher.pub.acme.device.printer", "order"))!.Json.GetProperty("status").GetString());
        Assert.DoesNotContain("refuses", node.Logs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Permissions_NotBetweenNodes_LogNamesTheSubjectsAndReadinessFails()
    {
        await using var nats = await StartNatsAsync(NotInside);
        await using var node = await StartAsync(nats.Url, "secret-word");

        await Eventually.TrueAsync(() => node.Logs.Contains("""refuses what this node needs: Permissions Violation for Subscription to "pusher.int.kitchens.""", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await node.GetAsync("readyz")).Code);
    }

    [Fact]
    public async Task Password_Wrong_LogNamesTheOptionOnce()
    {
        await using var nats = await StartNatsAsync(Enough);
        await using var node = await StartAsync(nats.Url, "wrong-word");

        await Eventually.TrueAsync(() => node.Logs.Contains("check nats-user, nats-password-file and nats-token-file", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await node.GetAsync("readyz")).Code);
        Assert.Single(node.Logs.Split('\n'), line => line.Contains("uthorization", StringComparison.Ordinal));
        Assert.DoesNotContain("wrong-word", node.Logs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nats_Absent_IsSaidOnceAndReadinessFails()
    {
        await using var node = await StartAsync($"nats://127.0.0.1:{LocalPorts.Next()}", "secret-word");

        await Eventually.TrueAsync(async () => (await node.GetAsync("readyz")) is { Code: HttpStatusCode.ServiceUnavailable, Body: var body } && body.Contains("the bus is not connected", StringComparison.Ordinal));
        Assert.Single(node.Logs.Split('\n'), line => line.Contains("cannot be reached", StringComparison.Ordinal));
    }

    private static Task<NatsServerProcess> StartNatsAsync(string permissions)
        => NatsServerProcess.StartNewAsync(
            $$"""authorization { users = [ { user: pusher, password: "secret-word", permissions: { {{permissions}} } }, { user: shop, password: shop } ] }""");

    private static async Task<TestNode> StartAsync(string url, string password)
    {
        var directory = Directory.CreateTempSubdirectory("pusher-nats-password-").FullName;
        var file = Path.Combine(directory, "password");
        await File.WriteAllTextAsync(file, password, TestContext.Current.CancellationToken);
        var node = new TestNode { NatsUrl = url, Options = ["--site", "kitchens", "--nats-user", "pusher", "--nats-password-file", file] };
        try
        {
            node.Credentials.Add("printer");
            await node.StartAsync();
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
