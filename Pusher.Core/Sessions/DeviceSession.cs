using System.Buffers;
using System.Text;
using Pusher.Core.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;

namespace Pusher.Core.Sessions;

/// <summary>
/// One connection of a device, as the server sees it: login, window, retry, heartbeat, takeover, resume. A pure state
/// machine: events and times go in, actions come out. It reads no clock, does no I/O and holds no lock, so the same code
/// runs under reactors and under a deterministic simulator.
/// </summary>
/// <remarks>Threading: none; the host calls it from one thread at a time and never from inside an action.</remarks>
public sealed class DeviceSession
{
    private readonly SessionContext _context;
    private LoginAttempt? _login;
    private Delivery _delivery;
    private long _lastHeardMs; // before login: when the connection was accepted
    private int _heartbeatMs;

    /// <param name="context">Shared by the sessions of a thread.</param>
    /// <param name="time">When the connection was accepted; the login deadline counts from here.</param>
    public DeviceSession(SessionContext context, SessionTime time)
    {
        _context = context;
        _lastHeardMs = time.NowMs;
    }

    /// <summary>A session that shares nothing.</summary>
    public DeviceSession(SessionOptions options, SessionTime time)
        : this(new SessionContext(options), time)
    {
    }

    public SessionPhase Phase { get; private set; }

    /// <summary>The device; <c>default</c> before HELLO. Trust it from <see cref="SessionPhase.Opening"/> on.</summary>
    public DeviceKey Device { get; private set; }

    /// <summary>The session epoch; 0 before <see cref="SessionPhase.Live"/>.</summary>
    public ulong Epoch { get; private set; }

    /// <summary>What every frame of this connection carries; settled by HELLO.</summary>
    public FrameFlags Flags => _delivery.Flags;

    /// <summary>When <see cref="OnTimer"/> wants to be called, monotonic milliseconds. It may move later without notice; an early call does no harm.</summary>
    public long NextDueMs => Phase switch
    {
        SessionPhase.Closed => long.MaxValue,
        SessionPhase.Live => Math.Min(HeartbeatDeadlineMs, _delivery.NextDueMs),
        _ => _lastHeardMs + Options.LoginTimeoutMs,
    };

    private long HeartbeatDeadlineMs => _lastHeardMs + (_heartbeatMs * 3L / 2) + Options.HeartbeatGraceMs;

    private SessionOptions Options => _context.Options;

    private int PayloadBytesMax => Phase == SessionPhase.Live
        ? Options.PayloadBytesMax + ProtocolLimits.EventHeadBytesMax
        : ProtocolLimits.LoginPayloadBytesMax;

    /// <summary>Bytes came. Returns how far they were consumed; a partial frame stays.</summary>
    public SequencePosition OnReceived(in ReadOnlySequence<byte> bytes, SessionTime time, ISessionActions actions)
    {
        var rest = bytes;
        while (Phase != SessionPhase.Closed)
        {
            var status = FrameReader.TryRead(ref rest, PayloadBytesMax, out var header, out var payload, out var error);
            if (status == FrameReadStatus.NeedMore)
            {
                return rest.Start;
            }

            if (status == FrameReadStatus.Invalid)
            {
                Refuse(error, CloseReasonRetry.AfterMs(error), actions);
                break;
            }

            if (Phase == SessionPhase.Live)
            {
                _lastHeardMs = time.NowMs;
            }

            // A bit that flips the flag off would hide the damage and make the trailer part of the payload.
            if (Phase != SessionPhase.Greeting && (header.Flags & Flags) != Flags)
            {
                Refuse(CloseReason.BadFrame, CloseReasonRetry.AfterMs(CloseReason.BadFrame), actions);
                break;
            }

            OnFrame(in header, in payload, time, actions);
        }

        return bytes.End;
    }

    /// <summary>The key that <see cref="ISessionActions.LookUpCredential"/> asked for.</summary>
    /// <param name="storedKey">32 bytes; for an unknown device anything of that length that nobody can guess.</param>
    /// <param name="known">False for an unknown device: the login goes on and fails at its end, in the same way and the same time as with a wrong key.</param>
    /// <param name="actions">The host.</param>
    public void OnCredential(ReadOnlySpan<byte> storedKey, bool known, ISessionActions actions)
    {
        if (Phase != SessionPhase.Identifying)
        {
            return;
        }

        storedKey.CopyTo(_login!.StoredKey);
        _login.Known = known;
        actions.FillNonce(_login.ServerNonce);
        Phase = SessionPhase.Proving;
        FrameWriter.WriteChallenge(actions.Output, Flags, _login.ServerNonce);
    }

    /// <summary>The key that <see cref="ISessionActions.LookUpCredentialAgain"/> asked for.</summary>
    /// <param name="storedKey">32 bytes; for an unknown device anything of that length that nobody can guess.</param>
    /// <param name="known">False for an unknown device: it is refused in the same way and after the same work as with a wrong key.</param>
    /// <param name="isCurrent">False when nobody could be asked: then a proof that does not fit says nothing, and the device is to come back.</param>
    /// <param name="actions">The host.</param>
    public void OnCredentialAgain(ReadOnlySpan<byte> storedKey, bool known, bool isCurrent, ISessionActions actions)
    {
        if (Phase != SessionPhase.Checking)
        {
            return;
        }

        var login = _login!;
        storedKey.CopyTo(login.StoredKey);
        login.Known = known;
        var reason = isCurrent ? CloseReason.Unauthorized : CloseReason.StoreUnavailable;
        if (login.IsProvedBy(Device, login.Proof))
        {
            BeginOpening(login, actions);
        }
        else
        {
            Refuse(reason, CloseReasonRetry.AfterMs(reason), actions);
        }
    }

    /// <summary>The route is claimed and the streams are read: the device is welcome.</summary>
    public void OnOpened(ulong epoch, DeviceOpened opened, SessionTime time, ISessionActions actions)
    {
        if (Phase != SessionPhase.Opening)
        {
            return;
        }

        var login = _login!;
        _login = null;
        Epoch = epoch;
        Phase = SessionPhase.Live;
        _lastHeardMs = time.NowMs;
        _delivery.WindowMessages = Grant(login.ProposedWindow, Options.WindowMessages, 1, Options.WindowMessagesMax);
        _heartbeatMs = Grant(login.ProposedHeartbeatMs, Options.HeartbeatMs, Options.HeartbeatMinMs, Options.HeartbeatMaxMs);
        for (var i = 0; i < opened.Streams.Count; i++)
        {
            _delivery.Open(opened.Streams[i], Options);
        }

        Welcome(login, opened, time, actions);
        _delivery.Start(Options, actions);
        RingEarly(login, opened, actions);
        _context.ReturnLogin(login);
    }

    /// <summary>The route or the streams could not be had.</summary>
    public void OnOpenFailed(ISessionActions actions)
    {
        if (Phase == SessionPhase.Opening)
        {
            Refuse(CloseReason.StoreUnavailable, Options.StoreRetryAfterMs, actions);
        }
    }

    /// <summary>
    /// A later attempt of the same client holds the device: the client gave this connection up while its PROOF was on the way.
    /// It is not told that it was replaced: should it listen after all, it may come back.
    /// </summary>
    public void OnSuperseded(ISessionActions actions)
    {
        if (Phase == SessionPhase.Opening)
        {
            Refuse(CloseReason.LoginTimeout, CloseReasonRetry.AfterMs(CloseReason.LoginTimeout), actions);
        }
    }

    /// <summary>A message for this device was stored.</summary>
    /// <param name="push">Its PUSH, as it is sent the first time. Leased by the caller for the time of the call.</param>
    /// <param name="time">Now.</param>
    /// <param name="actions">The host.</param>
    public void OnStored(in FrameLease push, SessionTime time, ISessionActions actions)
    {
        var head = PushHead.Of(push.Bytes(FrameFlags.None));
        if (Phase == SessionPhase.Live)
        {
            _delivery.OnStored(in head, in push, time, Options, actions);
        }
        else
        {
            KeepRing(head.Stream, head.Seq);
        }
    }

    /// <summary>
    /// A QoS 0 message for this device. Handed on only while the session is live, never kept, never sent again, and not part of any stream or window.
    /// False when it was dropped: the device is not logged in (any more), or takes nothing.
    /// </summary>
    /// <param name="frame">Leased by the caller for the time of the call.</param>
    /// <param name="actions">The host.</param>
    public bool OnUnstored(in FrameLease frame, ISessionActions actions)
        => Phase == SessionPhase.Live && actions.TrySend(frame.Bytes(Flags));

    /// <summary>A stream of this device holds messages through <paramref name="lastSeq"/>.</summary>
    public void OnRing(uint stream, ulong lastSeq, ISessionActions actions)
    {
        if (Phase == SessionPhase.Live)
        {
            _delivery.OnRing(stream, lastSeq, Options, actions);
        }
        else
        {
            KeepRing(stream, lastSeq);
        }
    }

    /// <summary>The answer to <see cref="ISessionActions.ReadPage"/>.</summary>
    public void OnPage(MessagePage page, SessionTime time, ISessionActions actions)
    {
        if (Phase == SessionPhase.Live)
        {
            _delivery.OnPage(page, time, Options, actions);
        }
    }

    /// <summary>The store did not answer a read or a give-up.</summary>
    public void OnReadFailed(uint stream, SessionTime time)
    {
        if (Phase == SessionPhase.Live)
        {
            _delivery.OnReadFailed(stream, time, Options);
        }
    }

    /// <summary>The store has lost data: what it holds for the device must be read again, and streams it has left must not be gone on with.</summary>
    public void OnStoreLost(ISessionActions actions)
    {
        if (Phase == SessionPhase.Live && _delivery.Count > 0)
        {
            actions.Reopen(_delivery.Positions());
        }
    }

    /// <summary>The answer to <see cref="ISessionActions.Reopen"/>: the device is told which streams are over, and gets what is stored in those drawn for them.</summary>
    public void OnReopened(DeviceOpened opened, ISessionActions actions)
    {
        if (Phase != SessionPhase.Live)
        {
            return;
        }

        for (var i = 0; i < opened.Resets.Count; i++)
        {
            var reset = opened.Resets[i];
            _delivery.Close(reset.OldStream);
            FrameWriter.WriteReset(actions.Output, Flags, reset.OldStream, reset.NewStream, reset.Lost);
        }

        for (var i = 0; i < opened.Streams.Count; i++)
        {
            _delivery.OpenOrGoOn(opened.Streams[i], Options);
        }

        _delivery.Start(Options, actions);
    }

    /// <summary>The answer to <see cref="ISessionActions.GiveUp"/>.</summary>
    public void OnGivenUp(uint stream, ISessionActions actions)
    {
        if (Phase == SessionPhase.Live)
        {
            _delivery.OnGivenUp(stream, Options, actions);
        }
    }

    /// <summary>The answer to <see cref="ISessionActions.PublishEvent"/>.</summary>
    public void OnEventPublished(ulong eventId, EventStatus status, ISessionActions actions)
    {
        if (Phase == SessionPhase.Live)
        {
            FrameWriter.WriteEventAck(actions.Output, Flags, eventId, status);
        }
    }

    /// <summary>A newer login of the device took over.</summary>
    public void OnReplaced(ISessionActions actions)
    {
        if (!Options.Breakage.HasFlag(SessionBreakage.Fence))
        {
            Refuse(CloseReason.Replaced, CloseReasonRetry.AfterMs(CloseReason.Replaced), actions);
        }
    }

    /// <summary>The node ends the session.</summary>
    /// <param name="reason">A reason that is on the wire.</param>
    /// <param name="retryAfterMs">When to come back; <see cref="uint.MaxValue"/> = not by itself.</param>
    /// <param name="elsewhere">Other addresses, <c>host:port</c>, at most 8.</param>
    /// <param name="actions">The host.</param>
    public void OnKick(CloseReason reason, uint retryAfterMs, ReadOnlySpan<string> elsewhere, ISessionActions actions)
        => Refuse(reason, retryAfterMs, actions, elsewhere);

    /// <summary>A deadline may have passed.</summary>
    public void OnTimer(SessionTime time, ISessionActions actions)
    {
        if (Phase == SessionPhase.Closed || NextDueMs > time.NowMs)
        {
            return;
        }

        if (Phase != SessionPhase.Live)
        {
            Refuse(CloseReason.LoginTimeout, 0, actions);
        }
        else if (HeartbeatDeadlineMs <= time.NowMs)
        {
            Refuse(CloseReason.HeartbeatTimeout, 0, actions);
        }
        else
        {
            _delivery.OnTimer(time, Options, actions);
        }
    }

    /// <summary>The connection is gone, for whatever reason. The last event.</summary>
    public void OnClosed(ISessionActions actions)
    {
        End(actions);
        if (_login is { } login)
        {
            _login = null;
            _context.ReturnLogin(login);
        }
    }

    private void OnFrame(in FrameHeader header, in ReadOnlySequence<byte> payload, SessionTime time, ISessionActions actions)
    {
        switch (header.Type)
        {
            case FrameType.Heartbeat:
                FrameWriter.WriteHeartbeat(actions.Output, Flags);
                break;
            case FrameType.Hello when Phase == SessionPhase.Greeting:
                OnHello(in header, in payload, actions);
                break;
            case FrameType.Proof when Phase == SessionPhase.Proving:
                OnProof(in payload, actions);
                break;
            case FrameType.Ack when Phase == SessionPhase.Live:
                OnAck(in payload, time, actions);
                break;
            case FrameType.Done when Phase == SessionPhase.Live:
                OnDone(in payload, actions);
                break;
            case FrameType.Event when Phase == SessionPhase.Live:
                OnEvent(in payload, actions);
                break;
            default:
                if (Enum.IsDefined(header.Type))
                {
                    Refuse(CloseReason.WrongState, CloseReasonRetry.AfterMs(CloseReason.WrongState), actions);
                }

                break;
        }
    }

    private void OnHello(in FrameHeader header, in ReadOnlySequence<byte> payload, ISessionActions actions)
    {
        _delivery.Flags = header.Flags & FrameFlags.Checksum;
        var bytes = FramePayload.Linearize(in payload, stackalloc byte[ProtocolLimits.LoginPayloadBytesMax]);
        if (!HelloFrame.TryRead(bytes, out var hello) || !hello.TryReadOrder(out var order))
        {
            Refuse(CloseReason.BadFrame, CloseReasonRetry.AfterMs(CloseReason.BadFrame), actions);
            return;
        }

        if (!hello.HasLegalNames)
        {
            Refuse(CloseReason.BadHello, CloseReasonRetry.AfterMs(CloseReason.BadHello), actions);
            return;
        }

        _login = _context.RentLogin();
        _login.Begin(in hello, order);
        Device = actions.Intern(hello.Tenant, hello.Device);
        Phase = SessionPhase.Identifying;
        actions.LookUpCredential(Device);
    }

    private void OnProof(in ReadOnlySequence<byte> payload, ISessionActions actions)
    {
        var bytes = FramePayload.Linearize(in payload, stackalloc byte[ProtocolLimits.LoginPayloadBytesMax]);
        if (!ProofFrame.TryRead(bytes, out var frame))
        {
            Refuse(CloseReason.BadFrame, CloseReasonRetry.AfterMs(CloseReason.BadFrame), actions);
            return;
        }

        var login = _login!;
        if (login.IsProvedBy(Device, frame.Proof))
        {
            BeginOpening(login, actions);
            return;
        }

        frame.Proof.CopyTo(login.Proof);
        if (actions.LookUpCredentialAgain(Device))
        {
            Phase = SessionPhase.Checking;
            return;
        }

        Refuse(CloseReason.Unauthorized, CloseReasonRetry.AfterMs(CloseReason.Unauthorized), actions);
    }

    private void BeginOpening(LoginAttempt login, ISessionActions actions)
    {
        Phase = SessionPhase.Opening;
        actions.Open(Device, login.Seen, login.Order);
    }

    private void OnAck(in ReadOnlySequence<byte> payload, SessionTime time, ISessionActions actions)
    {
        var bytes = FramePayload.Linearize(in payload, stackalloc byte[ProtocolLimits.DonePayloadBytesMax]);
        if (!AckFrame.TryRead(bytes, out var ack))
        {
            Refuse(CloseReason.BadFrame, CloseReasonRetry.AfterMs(CloseReason.BadFrame), actions);
        }
        else if (!_delivery.OnAck(ack.Stream, ack.Seq, time, Options, actions))
        {
            Refuse(CloseReason.BadAck, CloseReasonRetry.AfterMs(CloseReason.BadAck), actions);
        }
    }

    private void OnDone(in ReadOnlySequence<byte> payload, ISessionActions actions)
    {
        var bytes = FramePayload.Linearize(in payload, stackalloc byte[ProtocolLimits.DonePayloadBytesMax]);
        if (!DoneFrame.TryRead(bytes, out var done))
        {
            Refuse(CloseReason.BadFrame, CloseReasonRetry.AfterMs(CloseReason.BadFrame), actions);
            return;
        }

        actions.RecordDone(done.MessageId, done.Result, done.Text.IsEmpty ? null : Encoding.UTF8.GetString(done.Text));
    }

    private void OnEvent(in ReadOnlySequence<byte> payload, ISessionActions actions)
    {
        if (!EventFrame.TryRead(in payload, stackalloc byte[ProtocolLimits.DonePayloadBytesMax], out var frame, out var body))
        {
            Refuse(CloseReason.BadFrame, CloseReasonRetry.AfterMs(CloseReason.BadFrame), actions);
        }
        else if (!Identifier.IsValid(frame.Name))
        {
            FrameWriter.WriteEventAck(actions.Output, Flags, frame.EventId, EventStatus.Rejected);
        }
        else
        {
            actions.PublishEvent(frame.EventId, Encoding.ASCII.GetString(frame.Name), in body);
        }
    }

    private void Welcome(LoginAttempt login, DeviceOpened opened, SessionTime time, ISessionActions actions)
    {
        Span<StreamPosition> positions = stackalloc StreamPosition[Math.Min(opened.Streams.Count, ProtocolLimits.StreamsMax)];
        for (var i = 0; i < positions.Length; i++)
        {
            positions[i] = new StreamPosition(opened.Streams[i].Stream, opened.Streams[i].AckedSeq);
        }

        var values = new WelcomeValues
        {
            Epoch = Epoch,
            ServerTimeUnixMs = time.UnixMs,
            HeartbeatMs = (uint)_heartbeatMs,
            PayloadBytesMax = (uint)Options.PayloadBytesMax,
            Window = (ushort)_delivery.WindowMessages,
            Resumed = login.Seen.Length > 0 && opened.Resets.Count == 0,
            Lost = opened.Lost,
        };
        FrameWriter.WriteWelcome(actions.Output, Flags, in values, Options.Node, positions);
        for (var i = 0; i < opened.Resets.Count; i++)
        {
            FrameWriter.WriteReset(actions.Output, Flags, opened.Resets[i].OldStream, opened.Resets[i].NewStream, opened.Resets[i].Lost);
        }
    }

    // What was rung for while the streams were read may have been stored behind the read.
    private void RingEarly(LoginAttempt login, DeviceOpened opened, ISessionActions actions)
    {
        if (login.EarlyRings is null)
        {
            return;
        }

        foreach (var ring in login.EarlyRings)
        {
            if (!opened.HasLeft(ring.Stream))
            {
                _delivery.OnRing(ring.Stream, ring.Seq, Options, actions);
            }
        }
    }

    private void KeepRing(uint stream, ulong seq)
    {
        if (_login is not null && Phase == SessionPhase.Opening)
        {
            _login.KeepRing(stream, seq);
        }
    }

    private void Refuse(CloseReason reason, uint retryAfterMs, ISessionActions actions, ReadOnlySpan<string> elsewhere = default)
    {
        if (Phase == SessionPhase.Closed)
        {
            return;
        }

        if (Phase == SessionPhase.Live)
        {
            FrameWriter.WriteGoAway(actions.Output, Flags, reason, retryAfterMs, elsewhere, CloseReasonText.Of(reason));
        }
        else
        {
            FrameWriter.WriteRefused(actions.Output, Flags, reason, retryAfterMs, elsewhere, CloseReasonText.Of(reason));
        }

        actions.Close(reason);
        End(actions);
    }

    // What was on the way is recorded at once, not when the connection is gone: the next session may be reading already.
    private void End(ISessionActions actions)
    {
        if (Phase == SessionPhase.Live)
        {
            _delivery.OnClosed(actions);
        }

        Phase = SessionPhase.Closed;
    }

    private static int Grant(long proposed, int whenNone, int min, int max)
        => (int)Math.Clamp(proposed == 0 ? whenNone : proposed, min, max);
}
