using BenchmarkDotNet.Attributes;
using Pusher.Core.Time;

namespace Pusher.Bench.Suites;

/// <summary>One wheel with 100,000 timers, as a reactor with as many devices has it.</summary>
[MemoryDiagnoser]
public class TimingWheelSuite
{
    private const int Timers = 100_000;
    private const int TickMs = 50;
    private const int HeartbeatMs = 90_000;

    private readonly TimingWheel _wheel = new(4096, TickMs, 0);
    private long _nowMs;
    private int _next;

    [GlobalSetup]
    public void Setup()
    {
        for (var timer = 0; timer < Timers; timer++)
        {
            _wheel.Schedule(timer, _nowMs + 1 + ((long)timer * HeartbeatMs / Timers));
        }
    }

    /// <summary>A deadline is moved back: what each frame of a device does to its heartbeat.</summary>
    [Benchmark]
    public void MoveBack() => _wheel.Schedule(Next(), _nowMs + HeartbeatMs);

    /// <summary>A deadline is moved forward: the first message on the way to a device.</summary>
    [Benchmark]
    public void MoveForward()
    {
        var timer = Next();
        _wheel.Schedule(timer, _nowMs + 15_000);
        _wheel.Schedule(timer, _nowMs + HeartbeatMs);
    }

    /// <summary>One tick passes; what is due is armed again.</summary>
    [Benchmark]
    public int Advance()
    {
        _nowMs += TickMs;
        var sink = new ArmAgain(_wheel, _nowMs + HeartbeatMs);
        return _wheel.Advance(_nowMs, ref sink, Timers);
    }

    private int Next() => _next = _next + 1 == Timers ? 0 : _next + 1;

    private readonly struct ArmAgain(TimingWheel wheel, long dueMs) : ITimerSink
    {
        public void OnDue(int timer) => wheel.Schedule(timer, dueMs);
    }
}
