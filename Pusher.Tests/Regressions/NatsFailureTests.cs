using System.Net;
using System.Net.Sockets;
using System.Text;
using Pusher.Router.Bus;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Regressions;

public sealed class NatsFailureTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // What is larger than nats-server takes was thrown as NATS's own exception, through callers on the store's and the reactors' threads
    // that expect none: the process ended.
    [Fact]
    public async Task Publish_LargerThanTheServerTakes_FailsAsUnavailable()
    {
        await using var server = await NatsServerProcess.StartNewAsync();
        await using var bus = new NatsBus(new NatsBusOptions { Url = server.Url }, new CollectingLogger<NatsBus>());
        await Eventually.TrueAsync(() => bus.IsConnected);
        await Assert.ThrowsAsync<BusUnavailableException>(async () => await bus.PublishAsync("a.b", new byte[2 << 20], null, Cancel));
    }

    // An answer that is not NATS's must not end the loop that connects for the first time.
    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("INFO this is no JSON\r\n")]
    [InlineData("INFO {\"tls_required\":true,\"max_payload\":1024}\r\n")]
    public async Task Connect_SomebodyElseListens_GoesOnTrying(string greeting)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var accepted = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var accepting = AcceptAsync();
        await using (new NatsBus(
            new NatsBusOptions { Url = $"nats://127.0.0.1:{port}", ReconnectWaitMinMs = 1, ReconnectJitterMs = 1, ConnectTimeoutMs = 200 },
            new CollectingLogger<NatsBus>()))
        {
            await Eventually.TrueAsync(() => Volatile.Read(ref accepted) >= 3);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting);

        async Task AcceptAsync()
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(stop.Token);
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(greeting), stop.Token);
                Interlocked.Increment(ref accepted);
            }
        }
    }
}
