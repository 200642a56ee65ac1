using System.Buffers;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>
/// The world around one <see cref="ClientSession"/>: serialises the calls into it, keeps its time, and does what it asks.
/// </summary>
/// <remarks>Threading: any thread; <see cref="_gate"/> is held for every call into the session and never while awaiting.</remarks>
internal sealed class DeviceHost : IClientSessionSink, IDisposable
{
    // A timer takes no more than 49.7 days, a little less than a server may ask for. One that fires too early is armed again.
    private const long TimerMsMax = 24 * 3_600_000;

    private readonly Lock _gate = new();
    private readonly ClientSession _session;
    private readonly IDedupeRing _ring;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly long _startedAt;
    private readonly WakeSignal _wake = new();
    private readonly Queue<ClientStateChange> _changes = new();
    private readonly PendingEvents _events = new();
    private readonly Channel<DeviceMessage> _handOver = Channel.CreateUnbounded<DeviceMessage>();
    private readonly string _name;
    private DeviceConnection? _connection;
    private Task _connectionTask = Task.CompletedTask;
    private ClientSessionState _previousState;
    private LoginInfo? _login;
    private int _state;
    private long _armedMs = long.MaxValue;
    private bool _ringFailureTold;
    private bool _disposed;

    public DeviceHost(DeviceClientOptions options, IDedupeRing ring, IEntropy entropy, ILogger logger, TimeProvider time)
    {
        _ring = ring;
        _logger = logger;
        _time = time;
        _startedAt = time.GetTimestamp();
        _name = options.Identity.ToString();
        _session = new ClientSession(options, ring, entropy, this);
        _timer = time.CreateTimer(_ => OnTimerFired(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Messages for the handler, one at a time.</summary>
    public ChannelReader<DeviceMessage> HandedOver => _handOver.Reader;

    /// <summary>Where the session stands.</summary>
    public ClientSessionState State => (ClientSessionState)Volatile.Read(ref _state);

    /// <summary>The last login.</summary>
    public LoginInfo? Login => Volatile.Read(ref _login);

    private long NowMs => (long)_time.GetElapsedTime(_startedAt).TotalMilliseconds;

    /// <summary>Runs timers and reports state changes until the session halts; returns the last change.</summary>
    public async Task<ClientStateChange> RunAsync(Action<ClientStateChange> report)
    {
        Do(s => s.Start(NowMs));
        while (true)
        {
            while (TryTakeChange(out var change))
            {
                Report(change, report);
                if (change.State == ClientSessionState.Halted)
                {
                    await _connectionTask.ConfigureAwait(false);
                    return change;
                }
            }

            await _wake.WaitAsync().ConfigureAwait(false);
            Do(s => s.OnTimer(NowMs));
        }
    }

    /// <summary>Calls the session under the gate, then sees to what it wrote and when it wants to be called.</summary>
    public void Do(Action<ClientSession> call)
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                call(_session);
                AfterCall();
            }
        }
    }

    /// <summary>Hands over no further message.</summary>
    public void Drain()
    {
        Do(s => s.Drain());
        _handOver.Writer.TryComplete();
    }

    /// <summary>Acknowledges what is finished and closes.</summary>
    public void Stop() => Do(s => s.Stop(NowMs));

    /// <summary>Sends an event; null when not online.</summary>
    public Task<SendEventResult>? TrySendEvent(string name, ReadOnlySpan<byte> body)
    {
        lock (_gate)
        {
            if (_disposed || !_session.TrySendEvent(name, body, out var eventId))
            {
                return null;
            }

            var answer = _events.Add(eventId);
            AfterCall();
            return answer;
        }
    }

    public void OnConnected(DeviceConnection connection) => Do(s => s.OnConnected(connection.Outbox, NowMs));

    public void OnBytes(DeviceConnection connection, ref ReadOnlySequence<byte> bytes)
    {
        lock (_gate)
        {
            if (_connection == connection)
            {
                _session.OnBytes(ref bytes, NowMs);
                AfterCall();
            }
        }
    }

    public void OnDisconnected(DeviceConnection connection, string? failure)
    {
        if (failure != null)
        {
            ClientLog.ConnectionEnded(_logger, _name, _session.State.ToString(), failure);
        }

        lock (_gate)
        {
            _connection = null;
            _events.FailAll();
            _session.OnDisconnected(NowMs);
            AfterCall();
        }

        connection.Dispose();
    }

    /// <summary>The next bytes to send; empty when there are none yet, null when there will be none.</summary>
    public ReadOnlyMemory<byte>? TakeOutgoing(DeviceConnection connection)
    {
        lock (_gate)
        {
            var bytes = connection.Outbox.Take();
            if (bytes.IsEmpty && connection.Outbox.Completed)
            {
                return null; // not in a conditional expression: there null would become an empty memory
            }

            return bytes;
        }
    }

    void IClientSessionSink.Connect(string address)
    {
        var connection = new DeviceConnection(address, this);
        _connection = connection;
        _connectionTask = Task.Run(connection.RunAsync);
    }

    void IClientSessionSink.Close() => _connection?.Close(connecting: _previousState == ClientSessionState.Connecting);

    void IClientSessionSink.HandOver(DeviceMessage message) => _handOver.Writer.TryWrite(message);

    void IClientSessionSink.EventAnswered(ulong eventId, EventStatus status) => _events.Answer(eventId, status);

    void IClientSessionSink.StreamReset(StreamReset reset)
        => ClientLog.StreamReset(_logger, _name, reset.OldStream, reset.NewStream, reset.Lost);

    void IClientSessionSink.StateChanged(ClientStateChange change)
    {
        _previousState = (ClientSessionState)_state;
        Volatile.Write(ref _state, (int)change.State);
        Volatile.Write(ref _login, change.Login ?? _login);
        _changes.Enqueue(change);
        _wake.Set();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true; // a handler that was given up may still come back
            _timer.Dispose();
            _ring.Dispose();
        }
    }

    // A timer may fire a moment before our clock reaches the deadline. It is no longer armed then, and must be armed again.
    private void OnTimerFired()
    {
        lock (_gate)
        {
            _armedMs = long.MaxValue;
        }

        _wake.Set();
    }

    private void AfterCall()
    {
        if (_connection is { Outbox.IsDue: true } connection)
        {
            connection.Wake();
        }

        var dueMs = _session.NextDueMs;
        if (dueMs < _armedMs || _armedMs <= NowMs)
        {
            _armedMs = dueMs;
            var delay = dueMs == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Clamp(dueMs - NowMs, 0, TimerMsMax));
            _timer.Change(delay, Timeout.InfiniteTimeSpan);
        }

        if (!_ringFailureTold && _ring is FileDedupeRing { Failure: { } failure })
        {
            _ringFailureTold = true;
            ClientLog.RingFailed(_logger, failure, _name);
        }
    }

    private bool TryTakeChange(out ClientStateChange change)
    {
        lock (_gate)
        {
            return _changes.TryDequeue(out change!);
        }
    }

    private void Report(ClientStateChange change, Action<ClientStateChange> report)
    {
        switch (change.State)
        {
            case ClientSessionState.Online when change.Login is { } login:
                ClientLog.Online(_logger, _name, change.Address, login.Node, login.Epoch);
                break;
            case ClientSessionState.Waiting:
                ClientLog.Waiting(_logger, _name, change.Address, change.Reason, change.Text, change.RetryInMs);
                break;
            case ClientSessionState.Halted when change.Reason != CloseReason.None:
                ClientLog.Halted(_logger, _name, change.Reason, change.Text);
                break;
        }

        try
        {
            report(change);
        }
        catch (Exception e)
        {
            ClientLog.ListenerFailed(_logger, e, _name); // a listener's defect must not stop the printer
        }
    }
}
