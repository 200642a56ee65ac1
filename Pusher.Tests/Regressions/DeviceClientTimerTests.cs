using System.Net;
using System.Net.Sockets;
using Pusher.Client.Devices;
using Xunit;

namespace Pusher.Tests.Regressions;

/// <summary>A device stayed away for ever when the timer of its pause fired a millisecond before the pause was over.</summary>
public sealed class DeviceClientTimerTests
{
    [Fact]
    public async Task Reconnect_TimerFiresEarly_GoesOnTrying()
    {
        var pauses = 0;
        var enough = new TaskCompletionSource();
        await using var client = new DeviceClient(
            new DeviceClientOptions
            {
                Servers = [$"127.0.0.1:{ClosedPort()}"],
                Tenant = "acme",
                Device = "printer-1",
                Key = new byte[32],
                ReconnectBaseMs = 50,
                ReconnectMaxMs = 50,
            },
            (_, _) => ValueTask.FromResult(HandlingResult.Ok),
            time: new EarlyTimerProvider(TimeSpan.FromMilliseconds(10)));
        client.StateChanged += change =>
        {
            if (change.State == ClientSessionState.Waiting && ++pauses == 10)
            {
                enough.TrySetResult();
            }
        };
        client.Start();
        await enough.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private static int ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
