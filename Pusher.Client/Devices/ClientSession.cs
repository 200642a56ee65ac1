using System.Buffers;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Client.Devices;

/// <summary>
/// The device's side of the protocol as a pure state machine: an event and a time go in, actions come out through
/// <see cref="IClientSessionSink"/> and as bytes. It reads no clock, does no I/O (the ring it is given may) and draws no chance
/// but from its <see cref="IEntropy"/>, so the same code runs in <see cref="DeviceClient"/> and under a simulator.
/// <para>
/// A host does this: call <see cref="Start"/>; do what the sink says; pass in what happens on the connection; call
/// <see cref="OnTimer"/> when <see cref="NextDueMs"/> is reached; after <see cref="OnHandled"/> call <see cref="Flush"/>, once
/// for as many as come together; send what was written to the output after every call. All times are milliseconds of one
/// monotonic clock.
/// </para>
/// </summary>
/// <remarks>Threading: none; calls must not overlap. OnHandled may be called from within <see cref="IClientSessionSink.HandOver"/>.</remarks>
public sealed class ClientSession
{
    private readonly ClientSessionOptions _options;
    private readonly IClientSessionSink _sink;
    private readonly ReconnectPlan _plan;
    private readonly ClientLogin _login;
    private readonly Inbox _inbox;
    private readonly Liveness _liveness = new();
    private IBufferWriter<byte>? _output;
    private Farewell? _farewell;
    private string? _address;
    private long _dueMs = long.MaxValue;
    private long _onlineSinceMs;
    private int _payloadBytesMax;
    private ulong _lastEventId;
    private bool _stopping;

    /// <exception cref="ArgumentException">An option is out of its bounds.</exception>
    public ClientSession(ClientSessionOptions options, IDedupeRing ring, IEntropy entropy, IClientSessionSink sink)
    {
        options.Validate();
        _options = options;
        _sink = sink;
        _plan = new ReconnectPlan(options, entropy);
        _login = new ClientLogin(options, ring, entropy);
        _inbox = new Inbox(options, ring, sink);
    }

    /// <summary>Where it stands.</summary>
    public ClientSessionState State { get; private set; }

    /// <summary>What the server said at the last login; null before the first.</summary>
    public LoginInfo? Login { get; private set; }

    /// <summary>When <see cref="OnTimer"/> is to be called at the latest; <see cref="long.MaxValue"/> = not at all. Changes with every call.</summary>
    public long NextDueMs => State == ClientSessionState.Online ? _liveness.NextDueMs : _dueMs;

    /// <summary>Connects. Legal when idle or halted, otherwise without effect.</summary>
    public void Start(long nowMs)
    {
        if (State is ClientSessionState.Idle or ClientSessionState.Halted)
        {
            _stopping = false;
            _inbox.Closed = false;
            Connect(nowMs);
        }
    }

    /// <summary>The connection that the sink was asked for is there. Writes HELLO.</summary>
    /// <param name="output">Where the session writes until <see cref="OnDisconnected"/>.</param>
    /// <param name="nowMs">The time.</param>
    public void OnConnected(IBufferWriter<byte> output, long nowMs)
    {
        if (State != ClientSessionState.Connecting)
        {
            return; // closed meanwhile
        }

        _output = output;
        _payloadBytesMax = ProtocolLimits.LoginPayloadBytesMax;
        _login.WriteHello(output);
        Enter(new ClientStateChange(ClientSessionState.LoggingIn, Address: _address));
    }

    /// <summary>Bytes came in. Takes all whole frames; what is left must be passed again with what follows.</summary>
    public void OnBytes(ref ReadOnlySequence<byte> bytes, long nowMs)
    {
        while (_output != null)
        {
            var status = FrameReader.TryRead(ref bytes, _payloadBytesMax, out var header, out var payload, out var error);
            if (status == FrameReadStatus.NeedMore)
            {
                break;
            }

            if (status == FrameReadStatus.Frame)
            {
                error = header.Flags.HasFlag(_login.Flags) ? OnFrame(header.Type, payload, nowMs) : CloseReason.BadFrame;
            }

            if (error != CloseReason.None)
            {
                End(Farewell.Own(error, "the server sent something illegal"));
            }
        }

        _inbox.HandOverNext();
        Flush();
    }

    /// <summary>
    /// The application is done with the message it was handed last. The acknowledgement goes out with the next
    /// <see cref="Flush"/>; without a connection, on the next one.
    /// </summary>
    public void OnHandled(DeviceMessage message, in HandlingResult result) => _inbox.OnHandled(message, result);

    /// <summary>Makes durable and writes what is due: results, acknowledgements.</summary>
    public void Flush()
    {
        if (State == ClientSessionState.Online && _output != null)
        {
            _inbox.WriteDue(_output, _login.Flags);
        }
        else
        {
            _inbox.RecordPositions();
        }
    }

    /// <summary>Sends an event; the answer comes by <see cref="IClientSessionSink.EventAnswered"/>.</summary>
    /// <param name="name">What happened, by <see cref="Core.Identity.Identifier"/>.</param>
    /// <param name="body">Opaque; a server takes at most what it takes as a payload.</param>
    /// <param name="eventId">The event's number.</param>
    /// <returns>False when not online; nothing was sent.</returns>
    public bool TrySendEvent(string name, ReadOnlySpan<byte> body, out ulong eventId)
    {
        eventId = 0;
        if (State != ClientSessionState.Online || _output == null)
        {
            return false;
        }

        eventId = ++_lastEventId;
        FrameWriter.WriteEvent(_output, _login.Flags, eventId, name, body);
        return true;
    }

    /// <summary>The time has come, or an earlier one that moved; without effect when nothing is due.</summary>
    public void OnTimer(long nowMs)
    {
        if (nowMs < NextDueMs)
        {
            return;
        }

        switch (State)
        {
            case ClientSessionState.Waiting:
                Connect(nowMs);
                break;
            case ClientSessionState.Connecting or ClientSessionState.LoggingIn:
                End(Farewell.Own(CloseReason.LoginTimeout, $"no login within {_options.LoginTimeoutMs} ms"));
                break;
            case ClientSessionState.Online when _liveness.IsDead(nowMs):
                End(Farewell.Own(CloseReason.HeartbeatTimeout, "the server is silent"));
                break;
            case ClientSessionState.Online when _liveness.TakeHeartbeatDue(nowMs):
                FrameWriter.WriteHeartbeat(_output!, _login.Flags);
                _inbox.Results.OnHeartbeatSent();
                break;
        }
    }

    /// <summary>The connection is gone, or could not be had. Plans the next one.</summary>
    public void OnDisconnected(long nowMs)
    {
        var farewell = _farewell ?? Farewell.Own(
            _output == null ? CloseReason.ReceiveFailed : CloseReason.PeerClosed,
            _output == null ? "the server cannot be reached" : "the connection was lost");
        _output = null;
        _farewell = null;
        _dueMs = long.MaxValue;
        var pause = _stopping ? null : _plan.PauseAfter(farewell, _onlineSinceMs == 0 ? 0 : Math.Max(1, nowMs - _onlineSinceMs));
        _onlineSinceMs = 0;
        if (pause is { } ms)
        {
            _dueMs = nowMs + ms;
            Enter(new ClientStateChange(ClientSessionState.Waiting, farewell.Reason, farewell.Text, _address, ms));
        }
        else
        {
            _inbox.DropWaiting();
            Enter(new ClientStateChange(ClientSessionState.Halted, _stopping ? CloseReason.None : farewell.Reason, farewell.Text, _address));
        }
    }

    /// <summary>Hands over no further message. The one that is being handled may be finished and acknowledged.</summary>
    public void Drain() => _inbox.Closed = true;

    /// <summary>Writes what is due and closes; the session halts. A message not reported as handled is sent again another day.</summary>
    public void Stop(long nowMs)
    {
        Drain();
        Flush();
        _stopping = true;
        if (State is ClientSessionState.Connecting or ClientSessionState.LoggingIn or ClientSessionState.Online)
        {
            End(Farewell.Own(CloseReason.None, "stopped"));
        }
        else if (State is ClientSessionState.Waiting or ClientSessionState.Idle)
        {
            _farewell = Farewell.Own(CloseReason.None, "stopped");
            OnDisconnected(nowMs);
        }
    }

    private CloseReason OnFrame(FrameType type, in ReadOnlySequence<byte> payload, long nowMs)
    {
        _liveness.OnFrame(nowMs);
        if (type == FrameType.Push && State == ClientSessionState.Online)
        {
            if (!PushHead.TryRead(payload, out var head, out var body))
            {
                return CloseReason.BadFrame;
            }

            _inbox.OnPush(head, body);
            return CloseReason.None;
        }

        Span<byte> scratch = stackalloc byte[ProtocolLimits.LoginPayloadBytesMax];
        var bytes = FramePayload.Linearize(payload, scratch);
        return (type, State) switch
        {
            (FrameType.Challenge, ClientSessionState.LoggingIn) => _login.OnChallenge(bytes, _output!),
            (FrameType.Welcome, ClientSessionState.LoggingIn) => OnWelcome(bytes, nowMs),
            (FrameType.Refused or FrameType.GoAway, _) => OnFarewell(bytes),
            (FrameType.Heartbeat, ClientSessionState.Online) => OnHeartbeat(),
            (FrameType.Settings, ClientSessionState.Online) => OnSettings(bytes, nowMs),
            (FrameType.Skipped, ClientSessionState.Online) => OnSkipped(bytes),
            (FrameType.Reset, ClientSessionState.Online) => OnReset(bytes),
            (FrameType.EventAck, ClientSessionState.Online) => OnEventAck(bytes),
            (FrameType.Hello or FrameType.Proof or FrameType.Ack or FrameType.Done or FrameType.Event, _) => CloseReason.WrongState,
            (FrameType.Challenge or FrameType.Welcome or FrameType.Push or FrameType.Skipped or FrameType.Reset, _) => CloseReason.WrongState,
            _ => CloseReason.None, // of a later version, or of no use to this one
        };
    }

    private CloseReason OnWelcome(ReadOnlySpan<byte> bytes, long nowMs)
    {
        var error = _login.OnWelcome(bytes, out var welcome);
        if (error != CloseReason.None)
        {
            return error;
        }

        Login = ClientLogin.Describe(welcome);
        _payloadBytesMax = (int)Math.Clamp(welcome.PayloadBytesMax + (long)PushHead.Size, ProtocolLimits.LoginPayloadBytesMax, _options.PayloadBytesMax);
        _onlineSinceMs = Math.Max(1, nowMs);
        _liveness.Start(welcome.HeartbeatMs, nowMs);
        _inbox.Resume(welcome);
        Enter(new ClientStateChange(ClientSessionState.Online, Address: _address, Login: Login));
        return CloseReason.None;
    }

    private CloseReason OnFarewell(ReadOnlySpan<byte> bytes)
    {
        if (!FarewellFrame.TryRead(bytes, out var frame))
        {
            return CloseReason.BadFrame;
        }

        End(Farewell.From(frame));
        return CloseReason.None;
    }

    private CloseReason OnHeartbeat()
    {
        _inbox.Results.OnHeartbeatAnswered();
        return CloseReason.None;
    }

    private CloseReason OnSettings(ReadOnlySpan<byte> bytes, long nowMs)
    {
        if (!SettingsFrame.TryRead(bytes, out var settings) || settings.HeartbeatMs == 0)
        {
            return CloseReason.BadFrame;
        }

        _liveness.Change(settings.HeartbeatMs, nowMs);
        return CloseReason.None;
    }

    private CloseReason OnSkipped(ReadOnlySpan<byte> bytes)
    {
        if (!SkippedFrame.TryRead(bytes, out var skipped))
        {
            return CloseReason.BadFrame;
        }

        _inbox.OnSkipped(skipped);
        return CloseReason.None;
    }

    private CloseReason OnReset(ReadOnlySpan<byte> bytes)
    {
        if (!ResetFrame.TryRead(bytes, out var reset))
        {
            return CloseReason.BadFrame;
        }

        _inbox.OnReset(reset);
        _sink.StreamReset(new StreamReset(reset.OldStream, reset.NewStream, reset.Lost));
        return CloseReason.None;
    }

    private CloseReason OnEventAck(ReadOnlySpan<byte> bytes)
    {
        if (!EventAckFrame.TryRead(bytes, out var answer))
        {
            return CloseReason.BadFrame;
        }

        _sink.EventAnswered(answer.EventId, answer.Status);
        return CloseReason.None;
    }

    private void Connect(long nowMs)
    {
        _address = _plan.NextAddress();
        _dueMs = nowMs + _options.LoginTimeoutMs;
        Enter(new ClientStateChange(ClientSessionState.Connecting, Address: _address));
        _sink.Connect(_address);
    }

    private void End(Farewell farewell)
    {
        _farewell = farewell;
        _dueMs = long.MaxValue;
        _output = null;
        Enter(new ClientStateChange(ClientSessionState.Closing, farewell.Reason, farewell.Text, _address));
        _sink.Close();
    }

    private void Enter(ClientStateChange change)
    {
        State = change.State;
        _sink.StateChanged(change);
    }
}
