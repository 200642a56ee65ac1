using Pusher.Client.Devices;
using Pusher.Core.Protocol;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Regressions;

/// <summary>
/// A pause close to the longest that the wire can say is longer than the longest that a timer can wait, and the exception ended the device's loop. Now a
/// client obeys ten minutes of it.
/// </summary>
public sealed class LongPauseTests
{
    [Fact]
    public async Task Refused_LongestPauseThatIsNotNever_WaitsAndStopsQuietly()
    {
        await using var server = new ScriptedDeviceServer();
        var time = new CountingTimeProvider();
        var client = new DeviceClient(
            new DeviceClientOptions { Servers = [server.Address], Tenant = "acme", Device = "printer-1", Key = new byte[32], LoginTimeoutMs = 1_000 },
            (_, _) => ValueTask.FromResult(HandlingResult.Ok),
            time: time);
        client.Start();
        using var connection = await server.NextAsync(TestContext.Current.CancellationToken);
        await connection.ReadAsync();
        await connection.SendAsync(w => FrameWriter.WriteRefused(w, FrameFlags.None, CloseReason.Busy, ProtocolLimits.RetryNever - 1, [], "later"));
        await Eventually.TrueAsync(() => client.State == ClientSessionState.Waiting);

        // The deadline of the login is the one that the timer still knows; when it has passed the pause is set.
        await Eventually.TrueAsync(() => time.LongestMs > 590_000);
        Assert.InRange(time.LongestMs, 590_000, 660_000); // and what the client draws on top
        await client.StopAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    /// <summary>The system's time, and the longest time that a timer was asked to wait.</summary>
    private sealed class CountingTimeProvider : TimeProvider
    {
        private double _longestMs;

        public double LongestMs => Volatile.Read(ref _longestMs);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
            => new CountingTimer(System.CreateTimer(callback, state, dueTime, period), this);

        private sealed class CountingTimer(ITimer timer, CountingTimeProvider provider) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                Volatile.Write(ref provider._longestMs, Math.Max(provider.LongestMs, dueTime.TotalMilliseconds));
                return timer.Change(dueTime, period);
            }

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
