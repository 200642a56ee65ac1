using System.Collections.Concurrent;
using System.Text;
using Pusher.Client.Devices;
using Pusher.Client.Publishing;
using Pusher.Tests.Cli;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>QoS 0 by our own publishers and command line to our own device library.</summary>
public sealed class UnstoredClientTests(DefaultNode node) : IClassFixture<DefaultNode>
{
    [Fact]
    public async Task Publish_BySdkAndCommandLine_TheDeviceLibraryHandsItOver()
    {
        var cancel = TestContext.Current.CancellationToken;
        var device = node.TakeDevice();
        var handed = new ConcurrentQueue<(uint Stream, string Text)>();
        await using var client = new DeviceClient(
            new DeviceClientOptions
            {
                Servers = [node.Node.Listen.ToString()],
                Tenant = device.Identity.Tenant,
                Device = device.Identity.Device,
                Key = device.Key.ToArray(),
            },
            (message, _) =>
            {
                handed.Enqueue((message.Stream, Encoding.UTF8.GetString(message.Payload.Span)));
                return new ValueTask<HandlingResult>(HandlingResult.Ok);
            });
        client.Start();
        await using var overHttp = new HttpPublisher(new HttpPublisherOptions { BaseAddress = node.Node.Http });
        await using var overNats = new Publisher(new PublisherOptions { NatsUrl = node.Nats.Url });
        var unstored = new PublishOptions { Qos = 0 };
        await Eventually.TrueAsync(
            async () =>
            {
                await overHttp.PublishAsync("acme", device.Identity.Device, "probe"u8.ToArray(), unstored, cancel);
                return !handed.IsEmpty;
            },
            "the device is online");

        Assert.Equal(1, (await overHttp.PublishAsync("acme", device.Identity.Device, "http"u8.ToArray(), unstored, cancel)).Reached);
        Assert.Equal(1, (await overNats.PublishAsync("acme", device.Identity.Device, "nats"u8.ToArray(), unstored, cancel)).Reached);
        Assert.Equal(1, (await overHttp.PublishToAllAsync("acme", "http all"u8.ToArray(), unstored, cancel)).Reached);
        Assert.Equal(1, (await overNats.PublishToAllAsync("acme", "nats all"u8.ToArray(), unstored, cancel)).Reached);
        foreach (var target in new string[][] { [device.Identity.ToString()], ["acme", "--all"] })
        {
            var (exitCode, output, error) = await PusherProcess.RunAsync(["publish", .. target, "--qos", "0", "--data", "line", "--nats", node.Nats.Url]);
            Assert.Equal((0, ""), (exitCode, error));
            Assert.Contains("reached=1", output, StringComparison.Ordinal);
        }

        string[] expected = ["http", "nats", "http all", "nats all", "line", "line"];
        await Eventually.TrueAsync(() => handed.Count(m => m.Text != "probe") >= expected.Length, "all is handed over");
        Assert.Equal(expected.Order(), handed.Select(m => m.Text).Where(t => t != "probe").Order());
        Assert.All(handed, m => Assert.Equal(0U, m.Stream));
    }
}
