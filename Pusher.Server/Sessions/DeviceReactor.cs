using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Pusher.Core.Collections;
using Pusher.Core.Credentials;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Pusher.Core.Time;
using Pusher.Router.Faults;
using Pusher.Router.Logging;
using Pusher.Server.Credentials;
using Pusher.Transport;

namespace Pusher.Server.Sessions;

/// <summary>The sessions of one reactor: feeds them with bytes, mail and time.</summary>
/// <remarks>Threading: on the reactor's thread only, except <see cref="Mailbox"/>.</remarks>
public sealed class DeviceReactor : IReactorHandler
{
    private const int MailPerTurnMax = 1024;
    private const int TimersPerTurnMax = 1024;
    private const int WheelSlots = 4096;
    private const int WheelTickMs = 50;

    private readonly SessionServices _services;
    private readonly PendingLogins _pendingLogins;
    private readonly ILogger _logger;
    private readonly LogPace _lossLines;
    private readonly SessionRequests _requests;
    private readonly SessionPort _port;
    private readonly UnstoredSessions _unstored;
    private readonly SessionContext _context;
    private readonly TimingWheel _wheel;
    private readonly PagedArray<SessionSlot> _slots = new();
    private IReactor? _reactor;
    private string[] _elsewhere = [];
    private bool _draining;

    public DeviceReactor(SessionServices services, PendingLogins pendingLogins, ILogger logger)
    {
        _services = services;
        _pendingLogins = pendingLogins;
        _logger = logger;
        _requests = new SessionRequests(services, Mailbox, logger);
        _lossLines = new LogPace(services.Time, TimeSpan.FromSeconds(10), linesMax: 10);
        _port = new SessionPort(services, _requests);
        _unstored = new UnstoredSessions(services, _port);
        _context = new SessionContext(services.Options);
        _wheel = new TimingWheel(WheelSlots, WheelTickMs, nowMs: 0); // the first turn brings it up to date
    }

    /// <summary>The way in for other threads.</summary>
    public ReactorMailbox Mailbox { get; } = new();

    /// <summary>The deadlines of its connections; timers are numbered as the slots are.</summary>
    internal TimingWheel Wheel => _wheel;

    /// <inheritdoc/>
    public void OnStarted(IReactor reactor)
    {
        _reactor = reactor;
        _port.Attach(reactor);
        _unstored.Attach(reactor);
        Mailbox.Attach(reactor);
    }

    /// <inheritdoc/>
    public void OnAccepted(ConnectionId connection, in PeerAddress remote)
    {
        _slots.EnsureCapacity(connection.Slot);
        var time = Now();
        var session = new DeviceSession(_context, time);
        ref var slot = ref _slots[connection.Slot];
        slot = new SessionSlot
        {
            Session = session,
            Remote = remote,
            Generation = connection.Generation,
            LoginPending = true,
            ArmedMs = long.MaxValue,
        };
        _port.Select(session, connection);
        if (!_pendingLogins.TryEnter())
        {
            slot.LoginPending = false;
            session.OnKick(CloseReason.Busy, _services.Limits.BusyRetryAfterMs, [], _port);
        }
        else if (_draining)
        {
            session.OnKick(CloseReason.Draining, _services.Limits.BusyRetryAfterMs, _elsewhere, _port);
        }

        Settle(connection);
    }

    /// <inheritdoc/>
    public SequencePosition OnReceived(ConnectionId connection, in ReadOnlySequence<byte> bytes)
    {
        ref var slot = ref _slots[connection.Slot];
        if (!slot.Holds(connection))
        {
            return bytes.End;
        }

        _port.Select(slot.Session!, connection);
        var consumed = slot.Session!.OnReceived(in bytes, Now(), _port);
        Settle(connection);
        return consumed;
    }

    /// <inheritdoc/>
    public void OnClosed(ConnectionId connection, CloseReason reason)
    {
        ref var slot = ref _slots[connection.Slot];
        if (!slot.Holds(connection))
        {
            return;
        }

        var session = slot.Session!;
        _port.Select(session, connection);
        session.OnClosed(_port);
        EndLogin(ref slot);
        _wheel.Cancel(connection.Slot);
        if (session.Epoch != 0)
        {
            _unstored.Left(connection.Slot, session.Device.Tenant);
            _services.Meter.SessionClosed();
            _ = _requests.LeaveAsync(session.Device, session.Epoch);
        }
        else if (reason == CloseReason.Unauthorized)
        {
            _services.Meter.LoginEnded(accepted: false);
        }

        _services.Meter.Closed(reason);
        SessionLog.Closed(_logger, session.Device, slot.Remote, reason);
        slot = default;
    }

    /// <inheritdoc/>
    public int OnTurn(long nowMs)
    {
        if (CrashPoint.IsArmed && _port.HasPushed)
        {
            _port.HasPushed = false; // it left at the end of the turn before
            CrashPoint.Hit(CrashPoint.AfterSend);
        }

        for (var i = 0; i < MailPerTurnMax && Mailbox.TryTake(out var mail); i++)
        {
            Deliver(in mail);
        }

        FanOut();
        var sink = new DueSink(this);
        var due = _wheel.Advance(nowMs, ref sink, TimersPerTurnMax);
        if (!Mailbox.IsEmpty || _unstored.HasWork || due >= TimersPerTurnMax || (CrashPoint.IsArmed && _port.HasPushed))
        {
            return 0;
        }

        return _wheel.MsUntilNext(nowMs) switch
        {
            < 0 => -1,
            var ms => (int)Math.Min(ms, int.MaxValue),
        };
    }

    private void FanOut()
    {
        for (var i = 0; i < UnstoredSessions.DeliveriesPerTurnMax && _unstored.TryNext(out var index, out var frame); i++)
        {
            ref var slot = ref _slots[index];
            _unstored.SendToMember(new ConnectionId(index, slot.Generation), in frame, slot.Flags);
        }

        _unstored.Report();
    }

    private void Deliver(in ReactorMail mail)
    {
        Read(in mail);
        if (mail.Body is DeviceOpening opening)
        {
            _requests.GiveBack(opening);
        }
    }

    private void Read(in ReactorMail mail)
    {
        if (mail.Kind == ReactorMailKind.FanOut)
        {
            _unstored.Begin(in mail);
            return;
        }

        if (mail.Kind == ReactorMailKind.Drain)
        {
            Drain((DrainSlice)mail.Body!);
            return;
        }

        if (mail.Kind == ReactorMailKind.Revoked)
        {
            Revoke((IReadOnlySet<DeviceKey>)mail.Body!);
            return;
        }

        var isHere = mail.Connection.Slot < _slots.Length && _slots[mail.Connection.Slot].Holds(mail.Connection);
        if (mail.Kind == ReactorMailKind.Unstored)
        {
            _unstored.Deliver(in mail, isHere ? _slots[mail.Connection.Slot].Session : null);
            return;
        }

        if (!isHere)
        {
            if (mail.Kind == ReactorMailKind.Opened)
            {
                var late = (DeviceOpening)mail.Body!;
                _ = _requests.LeaveAsync(late.Device, late.Epoch); // the device hung up while it was being opened
            }

            if (mail.Kind == ReactorMailKind.Stored)
            {
                mail.Frame.Release(); // it waits in the store
            }

            (mail.Body as TaskCompletionSource)?.TrySetResult();
            return;
        }

        var session = _slots[mail.Connection.Slot].Session!;
        _port.Select(session, mail.Connection);
        switch (mail.Kind)
        {
            case ReactorMailKind.Stored:
                var push = mail.Frame;
                session.OnStored(in push, Now(), _port);
                push.Release();
                break;
            case ReactorMailKind.Ring:
                session.OnRing(mail.Stream, mail.Number, _port);
                break;
            case ReactorMailKind.Credential:
                OnCredential(session, (CredentialAnswer)mail.Body!);
                break;
            case ReactorMailKind.Opened:
                OnOpened(session, mail.Connection, (DeviceOpening)mail.Body!);
                break;
            case ReactorMailKind.OpenFailed:
                session.OnOpenFailed(_port);
                break;
            case ReactorMailKind.Superseded:
                session.OnSuperseded(_port);
                break;
            case ReactorMailKind.RateLimited:
                session.OnKick(CloseReason.RateLimited, (uint)mail.Number, [], _port);
                break;
            case ReactorMailKind.Page:
                session.OnPage((MessagePage)mail.Body!, Now(), _port);
                break;
            case ReactorMailKind.StoreLost:
                session.OnStoreLost(_port);
                break;
            case ReactorMailKind.Reopened:
                session.OnReopened((DeviceOpened)mail.Body!, _port);
                break;
            case ReactorMailKind.ReadFailed:
                session.OnReadFailed(mail.Stream, Now());
                break;
            case ReactorMailKind.GivenUp:
                session.OnGivenUp(mail.Stream, _port);
                break;
            case ReactorMailKind.Replaced:
                session.OnReplaced(_port);
                (mail.Body as TaskCompletionSource)?.TrySetResult();
                break;
            default:
                throw new InvalidOperationException($"mail of kind {mail.Kind} has no receiver");
        }

        Settle(mail.Connection);
    }

    private void OnCredential(DeviceSession session, CredentialAnswer answer)
    {
        Span<byte> key = stackalloc byte[StoredKey.Length];
        RandomNumberGenerator.Fill(key); // also for a known device: unknown ones must not take longer
        answer.Key?.CopyTo(key);
        session.OnCredentialAgain(key, answer.Key is not null, answer.IsCurrent, _port);
    }

    private void OnOpened(DeviceSession session, ConnectionId connection, DeviceOpening opened)
    {
        if (session.Phase != SessionPhase.Opening)
        {
            _ = _requests.LeaveAsync(opened.Device, opened.Epoch);
            return;
        }

        for (var i = 0; i < opened.State.Resets.Count; i++)
        {
            var reset = opened.State.Resets[i];
            if (_lossLines.TryTell(out var more))
            {
                var lost = reset.Lost == ProtocolLimits.LostUnknown ? "an unknown number of" : reset.Lost.ToString(CultureInfo.InvariantCulture);
                SessionLog.StoreLostData(_logger, opened.Device, reset.OldStream, reset.NewStream, lost, more);
            }
        }

        session.OnOpened(opened.Epoch, opened.State, Now(), _port);
        ref var slot = ref _slots[connection.Slot];
        slot.Flags = session.Flags;
        EndLogin(ref slot);
        _unstored.Joined(connection.Slot, opened.Device.Tenant);
        _services.Meter.LoginEnded(accepted: true);
        _services.Meter.SessionOpened();
        SessionLog.LoggedIn(_logger, opened.Device, slot.Remote, opened.Epoch);
    }

    // After each event: what can be answered at once is answered, and the wheel is told when it must be sooner than it knows.
    private void Settle(ConnectionId connection)
    {
        _port.Answer();
        ref var slot = ref _slots[connection.Slot];
        var due = slot.Session!.NextDueMs;
        if (due < slot.ArmedMs)
        {
            slot.ArmedMs = due;
            _wheel.Schedule(connection.Slot, due);
        }
    }

    private void OnDue(int index)
    {
        ref var slot = ref _slots[index];
        if (slot.Session is null)
        {
            return;
        }

        var connection = new ConnectionId(index, slot.Generation);
        slot.ArmedMs = long.MaxValue;
        _port.Select(slot.Session, connection);
        slot.Session.OnTimer(Now(), _port);
        Settle(connection);
    }

    private void EndLogin(ref SessionSlot slot)
    {
        if (slot.LoginPending)
        {
            slot.LoginPending = false;
            _pendingLogins.Leave();
        }
    }

    // Devices are spread over slices, and within a slice over the time they may come back in, so that they do not all come at once.
    private void Drain(DrainSlice slice)
    {
        _elsewhere = slice.Elsewhere;
        _draining = true;
        for (var i = slice.Number; i < _slots.Length; i += slice.Count)
        {
            if (_slots[i].Session is { } session)
            {
                var connection = new ConnectionId(i, _slots[i].Generation);
                _port.Select(session, connection);
                session.OnKick(CloseReason.Draining, (uint)Random.Shared.Next(slice.RetryAfterMs + 1), slice.Elsewhere, _port);
                Settle(connection);
            }
        }
    }

    // Every session is looked at, not only those in the directory: a login that read the old key is on its way there. It is not told to
    // stay away, as it may be a device that was just given its new key.
    private void Revoke(IReadOnlySet<DeviceKey> devices)
    {
        for (var i = 0; i < _slots.Length; i++)
        {
            if (_slots[i].Session is { } session && devices.Contains(session.Device))
            {
                // Where keys are shared the new one may have let it in before its news came here: then it comes back with it.
                var isShared = _services.Credentials.MustAsk;
                var reason = session.Phase == SessionPhase.Live ? CloseReason.Revoked : isShared ? CloseReason.StoreUnavailable : CloseReason.Unauthorized;
                var connection = new ConnectionId(i, _slots[i].Generation);
                _port.Select(session, connection);
                session.OnKick(reason, CloseReasonRetry.AfterMs(isShared ? CloseReason.StoreUnavailable : reason), [], _port);
                Settle(connection);
            }
        }
    }

    private SessionTime Now() => new(_reactor!.NowMs, _services.Time.GetUtcNow().ToUnixTimeMilliseconds());

    private readonly struct DueSink(DeviceReactor reactor) : ITimerSink
    {
        public void OnDue(int timer) => reactor.OnDue(timer);
    }
}
