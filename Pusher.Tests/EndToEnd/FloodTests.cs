using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>Connections that never log in are bounded, refused cheaply, and leave room for real devices.</summary>
public sealed class FloodTests : IAsyncLifetime
{
    private const int PendingMax = 50;

    private readonly TestNode _node = new() { Options = ["--logins-pending-max", "50", "--login-timeout", "5s"] };
    private TestDevice _device = null!;

    public async ValueTask InitializeAsync()
    {
        _device = _node.Credentials.Add("real");
        await _node.StartAsync();
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Flood_OverTheLimit_IsRefusedAsBusyWithAHint()
    {
        var held = await HoldAsync(PendingMax);

        await using var next = await RawDevice.ConnectAsync(_node.Listen);
        var refused = (await next.ReadAsync(FrameType.Refused)).Farewell;

        Assert.Equal(CloseReason.Busy, refused.Reason);
        Assert.InRange(refused.RetryAfterMs, 1u, 60_000u);
        await next.ExpectEndAsync();
        await DisposeAsync(held);
    }

    [Fact]
    public async Task Flood_Slowloris_EndsByItselfAndARealDeviceLogsIn()
    {
        var held = await HoldAsync(PendingMax * 4);
        using var stop = new CancellationTokenSource();
        var dripping = Task.WhenAll(held.Select(raw => DripAsync(raw, stop.Token)));

        await Eventually.TrueAsync(
            async () =>
            {
                await using var raw = await RawDevice.ConnectAsync(_node.Listen);
                return (await raw.TryLoginAsync(_device)).Type == FrameType.Welcome;
            },
            "a real device logs in while the flood goes on");

        await stop.CancelAsync();
        await dripping;
        await DisposeAsync(held);
    }

    [Fact]
    public async Task Flood_LoggedInDevicesAreNotDisturbed()
    {
        var (raw, _) = await RawDevice.LoginNewAsync(_node.Listen, _device);
        await using var disposal = raw;
        var held = await HoldAsync(PendingMax * 4);

        await _node.PublishAsync(_device, "in the middle of a flood");

        Assert.Equal("in the middle of a flood", (await raw.ReadAsync(FrameType.Push)).BodyText);
        await DisposeAsync(held);
    }

    private static async Task DisposeAsync(IEnumerable<RawDevice> raws)
    {
        foreach (var raw in raws)
        {
            await raw.DisposeAsync();
        }
    }

    // One byte of an endless heartbeat header now and then; the server's end shows as a failed send.
    private static async Task DripAsync(RawDevice raw, CancellationToken stop)
    {
        byte[] heartbeat = [0xD7, 1, 0, (byte)FrameType.Heartbeat, 0, 0, 0, 0];
        try
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await raw.SendAsync(heartbeat.AsMemory(i % heartbeat.Length, 1));
                await Task.Delay(100, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (System.Net.Sockets.SocketException)
        {
            return; // closed by the server, as it should be
        }
    }

    private async Task<RawDevice[]> HoldAsync(int count)
    {
        var held = new RawDevice[count];
        for (var i = 0; i < count; i++)
        {
            held[i] = await RawDevice.ConnectAsync(_node.Listen);
        }

        return held;
    }
}
