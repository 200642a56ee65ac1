using System.Buffers;
using System.Diagnostics;
using System.Net;
using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Protocols;
using Pusher.Core.Protocol;
using Pusher.Core.Time;
using Pusher.Transport;

namespace Pusher.Cli.Load.Engine;

/// <summary>
/// Many simulated devices on one thread: connects them, logs them in, answers heartbeats and messages, connects again what was lost. No object,
/// task or timer per connection beyond an entry of an array.
/// </summary>
/// <remarks>Threading: on the reactor's thread, but for <see cref="Connect"/>, <see cref="Stop"/> and <see cref="ChurnPerSecond"/>.</remarks>
internal sealed class DeviceEngine : IDeviceEvents
{
    private const int RetryMs = 1_000;
    private const int LoginTimeoutMs = 30_000;
    private const int ChurnTurnMs = 5;
    private const int TimersPerTurnMax = 1_024;

    private readonly EngineOptions _options;
    private readonly LoadDevice[] _devices;
    private readonly IDeviceProtocol _protocol;
    private readonly LazyOutput _output = new();
    private readonly TimingWheel _wheel = new(4_096, 20, Environment.TickCount64);
    private readonly ConnectQueue _queue = new();
    private readonly ChurnPace _churn = new();
    private int[] _deviceOfSlot = new int[1_024];
    private IReactorClient? _reactor;
    private int _underWay;
    private int _churnNext;
    private volatile bool _stopped;

    public DeviceEngine(EngineOptions options, LoadDevice[] devices, MessageLedger ledger)
    {
        _options = options;
        _devices = devices;
        Deliveries = new DeliveryLog(ledger, Counters, options.Publishers);
        _protocol = DeviceProtocols.Create(options, devices.Length, Deliveries, Counters, this);
    }

    public EngineCounters Counters { get; } = new();

    public DeliveryLog Deliveries { get; }

    /// <summary>Logins of devices that are logged in already, a second.</summary>
    public double ChurnPerSecond
    {
        set
        {
            _churn.PerSecond = value;
            _reactor?.Wake();
        }
    }

    /// <summary>Begins to connect the first <paramref name="count"/> of its devices.</summary>
    public void Connect(int count)
    {
        _queue.Admit(Math.Min(count, _devices.Length));
        _reactor?.Wake();
    }

    /// <summary>True when the device at this place lost its connection before the end.</summary>
    public bool HasLeft(int index) => _devices[index].HasLeft;

    /// <summary>Connects nobody any more.</summary>
    public void Stop() => _stopped = true;

    public void OnStarted(IReactor reactor) => _reactor = (IReactorClient)reactor;

    public void OnConnected(ConnectionId connection)
    {
        var index = _deviceOfSlot[connection.Slot];
        ref var device = ref _devices[index];
        device.Phase = DevicePhase.Greeting;
        _protocol.Greet(index, ref device, _output.Of(_reactor!, connection));
    }

    public SequencePosition OnReceived(ConnectionId connection, in ReadOnlySequence<byte> bytes)
    {
        var index = _deviceOfSlot[connection.Slot];
        var rest = bytes;
        if (_protocol.Read(index, ref _devices[index], ref rest, _output.Of(_reactor!, connection)) is { } problem)
        {
            Break(connection, $"{_options.Server}: {problem}");
            return bytes.End;
        }

        return rest.Start;
    }

    public void OnClosed(ConnectionId connection, CloseReason reason)
    {
        var index = _deviceOfSlot[connection.Slot];
        ref var device = ref _devices[index];
        var phase = device.Phase;
        if (phase == DevicePhase.Live)
        {
            Counters.LeftLive();
            device.HasLeft |= !_stopped;
        }
        else
        {
            _underWay--;
        }

        if (phase == DevicePhase.Connecting)
        {
            Counters.CountConnectFailure(reason, _options.Server);
        }

        if (reason == CloseReason.Shutdown)
        {
            Enqueue(index, ref device); // of this side's doing: churn, or the end
            return;
        }

        if (phase is DevicePhase.Live or DevicePhase.Greeting or DevicePhase.Proving)
        {
            Counters.CountDisconnect();
        }

        if (phase != DevicePhase.Gone)
        {
            device.Phase = DevicePhase.Waiting;
            _wheel.Schedule(index, Environment.TickCount64 + Math.Max(RetryMs, (int)Math.Min(device.RetryAfterMs, 60_000)) + Random.Shared.Next(RetryMs));
        }
    }

    /// <summary>Does what is due; returns how long the loop may sleep, in milliseconds.</summary>
    public int OnTurn()
    {
        var now = Environment.TickCount64;
        Churn(now);
        var sink = new DueSink(this);
        var due = _wheel.Advance(now, ref sink, TimersPerTurnMax);
        while (!_stopped && _underWay < _options.LoginsPending && _queue.TryNext(out var index))
        {
            Begin(index, now);
        }

        if (due >= TimersPerTurnMax)
        {
            return 0;
        }

        var next = _wheel.MsUntilNext(now);
        var sleepMs = next < 0 ? int.MaxValue : (int)Math.Min(next, int.MaxValue);
        return _churn.PerSecond > 0 ? Math.Min(ChurnTurnMs, sleepMs) : sleepMs;
    }

    void IDeviceEvents.LoggedIn(int index, uint heartbeatMs)
    {
        ref var device = ref _devices[index];
        device.Phase = DevicePhase.Live;
        device.HeartbeatMs = heartbeatMs;
        device.RetryAfterMs = 0;
        _underWay--;
        Counters.LoggedIn(Stopwatch.GetElapsedTime(device.ConnectedFrom));
        _wheel.Cancel(index);
        if (heartbeatMs > 0)
        {
            // The first one somewhere in the interval, so that devices that came together do not beat together.
            _wheel.Schedule(index, Environment.TickCount64 + Random.Shared.NextInt64(1, heartbeatMs + 1L));
        }
    }

    void IDeviceEvents.HeartbeatChanged(int index, uint heartbeatMs)
    {
        _devices[index].HeartbeatMs = heartbeatMs;
        _wheel.Schedule(index, Environment.TickCount64 + heartbeatMs);
    }

    void IDeviceEvents.TurnedAway(int index, CloseReason reason, string text, uint retryAfterMs, IPEndPoint? elsewhere)
    {
        ref var device = ref _devices[index];
        device.RetryAfterMs = retryAfterMs;
        device.Elsewhere = elsewhere;
        Counters.Note($"{device.Identity.Device} was turned away ({reason}): {text}");
        if (reason is CloseReason.Unauthorized or CloseReason.Revoked or CloseReason.Replaced)
        {
            if (device.Phase == DevicePhase.Live)
            {
                Counters.LeftLive();
                _underWay++; // taken back when it is closed
            }

            device.Phase = DevicePhase.Gone;
            Counters.CountRefusal();
        }
    }

    private void Begin(int index, long nowMs)
    {
        ref var device = ref _devices[index];
        device.Phase = DevicePhase.Connecting;
        device.ConnectedFrom = Stopwatch.GetTimestamp();
        var source = _options.Sources.Count == 0 ? null : _options.Sources[device.Number % _options.Sources.Count];
        device.Connection = _reactor!.Connect(device.Elsewhere ?? _options.Server, source);
        device.Elsewhere = null; // once: when nobody is there, back to where it was told to go
        if (device.Connection.Slot >= _deviceOfSlot.Length)
        {
            Array.Resize(ref _deviceOfSlot, Math.Max(_deviceOfSlot.Length * 2, device.Connection.Slot + 1));
        }

        _deviceOfSlot[device.Connection.Slot] = index;
        _underWay++;
        _wheel.Schedule(index, nowMs + LoginTimeoutMs);
    }

    private void OnDue(int index)
    {
        ref var device = ref _devices[index];
        switch (device.Phase)
        {
            case DevicePhase.Live:
                _protocol.Beat(_output.Of(_reactor!, device.Connection));
                _wheel.Schedule(index, Environment.TickCount64 + device.HeartbeatMs);
                break;
            case DevicePhase.Waiting:
                Enqueue(index, ref device);
                break;
            case DevicePhase.Connecting or DevicePhase.Greeting or DevicePhase.Proving:
                Break(device.Connection, $"a login took longer than {LoginTimeoutMs / 1000} s");
                break;
        }
    }

    private void Churn(long nowMs)
    {
        var due = _churn.Due(nowMs);
        for (var tried = 0; due > 0 && tried < _devices.Length; tried++)
        {
            _churnNext = (_churnNext + 1) % _devices.Length;
            if (_devices[_churnNext].Phase == DevicePhase.Live)
            {
                _churn.Take();
                due--;
                _reactor!.Close(_devices[_churnNext].Connection, CloseReason.Shutdown);
            }
        }
    }

    private void Enqueue(int index, ref LoadDevice device)
    {
        device.Phase = DevicePhase.Waiting;
        _wheel.Cancel(index);
        _queue.Again(index);
    }

    private void Break(ConnectionId connection, string problem)
    {
        Counters.Note(problem);
        _reactor!.Close(connection, CloseReason.BadFrame);
    }

    private readonly struct DueSink(DeviceEngine engine) : ITimerSink
    {
        public void OnDue(int timer) => engine.OnDue(timer);
    }
}
