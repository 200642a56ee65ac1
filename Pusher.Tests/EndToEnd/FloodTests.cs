using System.Globalization;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.EndToEnd;

/// <summary>Connections that never log in are bounded, refused cheaply, and leave room for real devices.</summary>
public sealed class FloodTests : IAsyncLifetime
{
    private const int PendingMax = 50;

    private TestNode? _node;
    private TestDevice _device = null!;

    private TestNode Node => _node ?? throw new InvalidOperationException("the node is not started");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _node?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Flood_OverTheLimit_IsRefusedAsBusyWithAHint()
    {
        await StartAsync(loginTimeout: "1m");
        var held = await HoldAsync(PendingMax + 1);

        // Which of them is one too many is up to the order in which the loops accept.
        var answers = held.Select(raw => raw.ReadOrEndAsync()).ToArray();
        var first = await Task.WhenAny(answers);
        var refused = (await first)!.Farewell;

        Assert.Equal(CloseReason.Busy, refused.Reason);
        Assert.InRange(refused.RetryAfterMs, 1u, 60_000u);
        await held[Array.IndexOf(answers, first)].ExpectEndAsync();
        Assert.Equal(PendingMax, answers.Count(a => !a.IsCompleted));
        await DisposeAsync(held);
    }

    [Fact]
    public async Task Flood_Slowloris_EndsByItselfAndARealDeviceLogsIn()
    {
        await StartAsync(loginTimeout: "1s");
        var held = await HoldAsync(PendingMax * 4);
        using var stop = new CancellationTokenSource();
        var dripping = Task.WhenAll(held.Select(raw => DripAsync(raw, stop.Token)));

        await Eventually.TrueAsync(
            async () =>
            {
                await using var raw = await RawDevice.ConnectAsync(Node.Listen);
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
        await StartAsync(loginTimeout: "1m");
        var (raw, _) = await RawDevice.LoginNewAsync(Node.Listen, _device);
        await using var disposal = raw;
        var held = await HoldAsync(PendingMax * 4);

        await Node.PublishAsync(_device, "in the middle of a flood");

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

    private async Task StartAsync(string loginTimeout)
    {
        _node = new TestNode { Options = ["--logins-pending-max", PendingMax.ToString(CultureInfo.InvariantCulture), "--login-timeout", loginTimeout] };
        _device = _node.Credentials.Add("real");
        await _node.StartAsync();
    }

    private async Task<RawDevice[]> HoldAsync(int count)
    {
        var held = new RawDevice[count];
        for (var i = 0; i < count; i++)
        {
            held[i] = await RawDevice.ConnectAsync(Node.Listen);
        }

        return held;
    }
}
