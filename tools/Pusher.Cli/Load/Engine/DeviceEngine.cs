using System.Buffers;
using System.Diagnostics;
using System.Text;
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
internal sealed class DeviceEngine : IReactorClientHandler
{
    private const int RetryMs = 1_000;
    private const int LoginTimeoutMs = 30_000;
    private const int ChurnTurnMs = 5;
    private const int TimersPerTurnMax = 1_024;

    private readonly EngineOptions _options;
    private readonly LoadDevice[] _devices;
    private readonly DeviceGreeter _greeter;
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
        _greeter = new DeviceGreeter(devices.Length, options.HeartbeatMs);
        Inbox = new DeviceInbox(ledger, Counters, options.Publishers);
    }

    public EngineCounters Counters { get; } = new();

    public DeviceInbox Inbox { get; }

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

    /// <summary>Connects nobody any more.</summary>
    public void Stop() => _stopped = true;

    public void OnStarted(IReactor reactor) => _reactor = (IReactorClient)reactor;

    public void OnAccepted(ConnectionId connection, in PeerAddress remote) => throw new InvalidOperationException("nothing listens here");

    public void OnConnected(ConnectionId connection)
    {
        var index = _deviceOfSlot[connection.Slot];
        ref var device = ref _devices[index];
        device.Phase = DevicePhase.Greeting;
        _greeter.WriteHello(index, in device, _reactor!.Output(connection));
    }

    public SequencePosition OnReceived(ConnectionId connection, in ReadOnlySequence<byte> bytes)
    {
        var index = _deviceOfSlot[connection.Slot];
        var rest = bytes;
        var output = _reactor!.Output(connection);
        while (true)
        {
            var status = FrameReader.TryRead(ref rest, ProtocolLimits.PayloadBytesMaxDefault * 256, out var header, out var payload, out var error);
            if (status != FrameReadStatus.Frame)
            {
                Inbox.Flush(output);
                if (status == FrameReadStatus.Invalid)
                {
                    Break(connection, $"the server sent no frame of this protocol ({error}); does something else listen on {_options.Server}?");
                }

                return status == FrameReadStatus.Invalid ? bytes.End : rest.Start;
            }

            if (!OnFrame(index, header.Type, in payload, output))
            {
                Break(connection, $"the server sent a {header.Type} that cannot be read");
                return bytes.End;
            }
        }
    }

    public void OnClosed(ConnectionId connection, CloseReason reason)
    {
        var index = _deviceOfSlot[connection.Slot];
        ref var device = ref _devices[index];
        var phase = device.Phase;
        if (phase == DevicePhase.Live)
        {
            Counters.LeftLive();
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

    public int OnTurn(long nowMs)
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

    private bool OnFrame(int index, FrameType type, in ReadOnlySequence<byte> payload, IBufferWriter<byte> output)
    {
        ref var device = ref _devices[index];
        if (type == FrameType.Push)
        {
            return Inbox.OnPush(ref device, in payload, output);
        }

        if (payload.Length > ProtocolLimits.LoginPayloadBytesMax)
        {
            return true; // of a type to come: skipped by its length
        }

        Span<byte> scratch = stackalloc byte[ProtocolLimits.LoginPayloadBytesMax];
        payload.CopyTo(scratch);
        ReadOnlySpan<byte> bytes = scratch[..(int)payload.Length];
        switch (type)
        {
            case FrameType.Challenge:
                device.Phase = DevicePhase.Proving;
                return _greeter.TryProve(index, in device, bytes, output);
            case FrameType.Welcome:
                return OnWelcome(index, ref device, bytes);
            case FrameType.Skipped:
                return Inbox.OnSkipped(ref device, bytes, output);
            case FrameType.Reset:
                return Inbox.OnReset(ref device, bytes);
            case FrameType.Settings:
                return OnSettings(index, ref device, bytes);
            case FrameType.Refused or FrameType.GoAway:
                return OnFarewell(ref device, bytes);
            default:
                return true;
        }
    }

    private bool OnWelcome(int index, ref LoadDevice device, ReadOnlySpan<byte> payload)
    {
        if (device.Phase != DevicePhase.Proving || !WelcomeFrame.TryRead(payload, out var welcome))
        {
            return false;
        }

        DeviceInbox.OnWelcome(ref device, in welcome);
        device.Phase = DevicePhase.Live;
        device.HeartbeatMs = welcome.HeartbeatMs;
        device.RetryAfterMs = 0;
        _underWay--;
        Counters.LoggedIn((long)Stopwatch.GetElapsedTime(device.ConnectedFrom).TotalMicroseconds);

        // The first one somewhere in the interval, so that devices that came together do not beat together.
        _wheel.Schedule(index, Environment.TickCount64 + Random.Shared.NextInt64(1, welcome.HeartbeatMs + 1L));
        return true;
    }

    private bool OnSettings(int index, ref LoadDevice device, ReadOnlySpan<byte> payload)
    {
        if (!SettingsFrame.TryRead(payload, out var settings))
        {
            return false;
        }

        device.HeartbeatMs = settings.HeartbeatMs;
        _wheel.Schedule(index, Environment.TickCount64 + settings.HeartbeatMs);
        return true;
    }

    private bool OnFarewell(ref LoadDevice device, ReadOnlySpan<byte> payload)
    {
        if (!FarewellFrame.TryRead(payload, out var farewell))
        {
            return false;
        }

        device.RetryAfterMs = farewell.RetryAfterMs;
        Counters.Note($"{device.Identity.Device} was turned away ({farewell.Reason}): {Encoding.UTF8.GetString(farewell.Text)}");
        if (farewell.Reason is CloseReason.Unauthorized or CloseReason.Revoked or CloseReason.Replaced)
        {
            if (device.Phase == DevicePhase.Live)
            {
                Counters.LeftLive();
                _underWay++; // taken back when it is closed
            }

            device.Phase = DevicePhase.Gone;
            Counters.CountRefusal();
        }

        return true;
    }

    private void Begin(int index, long nowMs)
    {
        ref var device = ref _devices[index];
        device.Phase = DevicePhase.Connecting;
        device.ConnectedFrom = Stopwatch.GetTimestamp();
        var source = _options.Sources.Count == 0 ? null : _options.Sources[device.Number % _options.Sources.Count];
        device.Connection = _reactor!.Connect(_options.Server, source);
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
                FrameWriter.WriteHeartbeat(_reactor!.Output(device.Connection), FrameFlags.None);
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
