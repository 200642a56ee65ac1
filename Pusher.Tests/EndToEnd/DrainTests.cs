using System.Net;
using System.Text.Json;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>SIGTERM: out of service in good order.</summary>
public sealed class DrainTests : IAsyncLifetime
{
    private NatsServerProcess _nats = null!;
    private TestNode _node = null!;
    private TestDevice _device = null!;

    public async ValueTask InitializeAsync()
    {
        _nats = await NatsServerProcess.StartNewAsync();
        _node = new TestNode { NatsUrl = _nats.Url, Options = ["--drain", "3s", "--ack-timeout", "500ms"] }.OnFixedPorts();
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
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _nats.DisposeAsync();
    }

    [Fact]
    public async Task Terminate_Idle_ExitsWithZero()
    {
        Assert.Equal(0, await _node.TerminateAsync());
        Assert.Contains("stopped (drained: True)", _node.Logs, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", _node.Logs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Terminate_DeviceOnline_IsToldDrainingWithAHintAndItsAckCounts()
    {
        var (raw, _) = await RawDevice.LoginNewAsync(_node.Listen, _device);
        await using var disposal = raw;
        var (_, reply) = await _node.PublishAsync(_device, "last order");
        await raw.AckAsync((await raw.ReadAsync(FrameType.Push)).Place);

        await _node.Process.SignalAsync("TERM");
        var farewell = (await raw.ReadAsync(FrameType.GoAway)).Farewell;
        await raw.ExpectEndAsync();

        Assert.Equal(CloseReason.Draining, farewell.Reason);
        Assert.InRange(farewell.RetryAfterMs, 0u, 10_000u);
        Assert.Equal(0, await _node.Process.WaitForExitAsync());
        await _node.StartAgainAsync();
        var state = await _node.FindAsync("acme", reply.GetProperty("message_id").GetString()!);
        Assert.Equal("acked", state!.Value.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Terminate_DeviceThatDoesNotRead_StillEndsInTime()
    {
        await using var stuck = await RawDevice.ConnectAsync(_node.Listen, receiveBufferBytes: 4_096);
        await stuck.LoginAsync(_device);
        for (var i = 0; i < 30; i++)
        {
            await _node.PublishAsync("acme", "printer", new byte[60_000]);
        }

        Assert.Equal(0, await _node.TerminateAsync());
    }

    [Fact]
    public async Task Terminate_UnderLoad_NothingLostAndNoFalseOk()
    {
        var checker = new DeliveryChecker();
        await using var device = new LoadDevice(_device, _node.Listen, checker).Start();
        await device.OnlineAsync();
        await using var publisher = new LoadPublisher("drain", _nats.Port, [_device.Identity], checker).Start(outstanding: 8);
        await Eventually.TrueAsync(() => device.Handed > 200, "200 messages are handed over");

        Assert.Equal(0, await _node.TerminateAsync());
        await _node.StartAgainAsync();
        var before = device.Handed;
        await Expect.TrueAsync(() => device.Handed > before + 200, "200 more messages are handed over", device.Describe);
        await publisher.FinishAsync();
        await Eventually.TrueAsync(() => checker.Outstanding == 0, "all accepted messages are handed over");

        var report = checker.Report();
        Assert.True(report.IsClean, $"{report}\n{string.Join('\n', report.Findings)}");
    }

    [Fact]
    public async Task Terminate_WhileDraining_NotReadyAndRefusesPublishes()
    {
        await Eventually.TrueAsync(async () => (await _node.GetAsync("readyz")).Code == HttpStatusCode.OK, "the node is ready");
        await using var stuck = await RawDevice.ConnectAsync(_node.Listen, receiveBufferBytes: 4_096);
        await stuck.LoginAsync(_device);
        for (var i = 0; i < 60; i++)
        {
            await _node.PublishAsync("acme", "printer", new byte[60_000]);
        }

        // A device that does not read holds the drain open, so that its middle can be looked at.
        await _node.Process.SignalAsync("TERM");
        await Eventually.TrueAsync(
            async () => await _node.GetAsync("readyz") is { Code: HttpStatusCode.ServiceUnavailable, Body: var body }
                && JsonDocument.Parse(body).RootElement.GetProperty("reason").GetString() == "draining",
            "readiness says that the node drains");
        await Eventually.TrueAsync(
            async () => (await _node.PublishAsync(_device, "too late")) is { Code: HttpStatusCode.ServiceUnavailable, Reply: var reply }
                && reply.GetProperty("status").GetString() == "store_unavailable",
            "a draining node refuses publishes");

        Assert.False(_node.Process.HasExited);
        Assert.Equal(0, await _node.Process.WaitForExitAsync());
    }
}
