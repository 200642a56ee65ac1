using System.Diagnostics;
using Pusher.Tests.Transport.Contract;
using Xunit;

namespace Pusher.Tests.Server.Sessions;

/// <summary>What a million devices that are logged in and idle cost above the transport. Bytes and counts are asserted; times are only told.</summary>
[Collection(AloneDefinition.Name)]
public sealed class SessionMemoryTests(ITestOutputHelper output)
{
    private const int Devices = 1_000_000;
    private const int BytesPerDeviceMax = 400;
    private const int LoginSpanMs = 60_000;
    private const int TickMs = 50;
    private const int LoginTimeoutMs = 10_000;
    private const int SilenceMaxMs = 95_000; // one and a half heartbeats of 60 s, and 5 s

    [Fact]
    public async Task IdleDevices_AMillion_CostLittleAndTheWheelTouchesOnlyWhatIsDue()
    {
        await using var devices = new SimulatedDevices(Devices);
        var startMs = devices.Reactor.NowMs;
        LogIn(devices, startMs);
        Assert.Equal((Devices, Devices), (devices.Sessions.Count, devices.Routes.Count));

        var dueByTick = new int[((startMs + LoginSpanMs + SilenceMaxMs) / TickMs) + 2];
        for (var i = 0; i < Devices; i++)
        {
            dueByTick[TickFrom(LoginMs(startMs, i) + SilenceMaxMs)]++;
        }

        Rest(devices, startMs + LoginSpanMs + LoginTimeoutMs + TickMs);
        HeartbeatsOfAll(devices, startMs + SilenceMaxMs - TickMs);
        TurnsOfTheWheel(devices, startMs + SilenceMaxMs, dueByTick);
        Assert.Equal(0, devices.Reactor.Closes);
    }

    private void LogIn(SimulatedDevices devices, long startMs)
    {
        var before = HeapBytes();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Devices; i++)
        {
            devices.Reactor.NowMs = LoginMs(startMs, i);
            devices.LogIn(i);
        }

        var tookUs = clock.Elapsed.TotalMicroseconds;
        var bytes = (HeapBytes() - before) / (double)Devices;
        output.WriteLine($"{bytes:F1} B kept and {devices.Allocated / (double)Devices:F1} B allocated per device; a login took {tookUs / Devices:F1} us, the device's side included");
        Assert.InRange(bytes, 100, BytesPerDeviceMax);
        Assert.InRange(devices.Allocated / (double)Devices, bytes * 0.9, bytes + 64);
    }

    // Every timer was armed for the login deadline; once that has passed it stands at its device's silence.
    private void Rest(SimulatedDevices devices, long nowMs)
    {
        devices.Reactor.NowMs = nowMs;
        devices.Turn();
        Assert.Equal(Devices, devices.TimersVisited);
        var before = devices.TimersVisited;
        devices.Reactor.NowMs = nowMs + TickMs;
        devices.Turn();
        Assert.Equal(before, devices.TimersVisited);
    }

    private void HeartbeatsOfAll(SimulatedDevices devices, long nowMs)
    {
        devices.Reactor.NowMs = nowMs;
        var (visited, allocated) = (devices.TimersVisited, devices.Allocated);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Devices; i++)
        {
            devices.Heartbeat(i);
        }

        output.WriteLine($"a heartbeat took {clock.Elapsed.TotalNanoseconds / Devices:F0} ns");
        Assert.Equal((visited, allocated), (devices.TimersVisited, devices.Allocated));
    }

    private void TurnsOfTheWheel(SimulatedDevices devices, long fromMs, int[] dueByTick)
    {
        const int Ticks = 200;
        var clock = new Stopwatch();
        var allocated = devices.Allocated;
        var all = 0L;
        for (var i = 0; i < Ticks; i++)
        {
            var (nowMs, before) = (fromMs + (i * TickMs), devices.TimersVisited);
            devices.Reactor.NowMs = nowMs;
            clock.Start();
            devices.Turn();
            clock.Stop();
            Assert.Equal(dueByTick[nowMs / TickMs], devices.TimersVisited - before);
            all += dueByTick[nowMs / TickMs];
        }

        output.WriteLine($"a tick of {TickMs} ms touched {all / (double)Ticks:F0} of {Devices} timers and took {clock.Elapsed.TotalMicroseconds / Ticks:F0} us");
        Assert.Equal(allocated, devices.Allocated);
    }

    private static long LoginMs(long startMs, int device) => startMs + ((long)device * LoginSpanMs / Devices);

    private static long TickFrom(long ms) => (ms + TickMs - 1) / TickMs;

    private static long HeapBytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        return GC.GetTotalMemory(forceFullCollection: false);
    }
}
