using System.Buffers;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Pusher.Server.Sessions;
using Pusher.Tests.Support;

namespace Pusher.Tests.Simulation;

/// <summary>Hosts one real <see cref="DeviceSession"/>: its connection, its store and route calls, its timer.</summary>
public sealed class SimSession : ISessionActions
{
    private readonly SimWorld _world;
    private readonly SimNode _node;
    private readonly SimLink _link;
    private readonly SimRandom _random;
    private readonly DeviceSession _session;
    private readonly SessionMonitor _monitor;
    private readonly ArrayBufferWriter<byte> _output = new();
    private long _armedMs = long.MaxValue;
    private bool _dead;
    private bool _closing; // the last event: attempts may still be recorded
    private bool _left;

    public SimSession(SimWorld world, SimNode node, SimLink link, SimRandom random)
    {
        _world = world;
        _node = node;
        _link = link;
        _random = random;
        _session = new DeviceSession(world.Profile.Session with { Node = node.Name }, Time);
        _monitor = new SessionMonitor(world, node, _session);
        Settle();
    }

    public IBufferWriter<byte> Output => _output;

    public DeviceKey Device => _session.Device;

    public ulong ClaimedEpoch { get; private set; }

    public LoginOrder Order { get; private set; }

    public bool IsLive => !_dead && _session.Phase == SessionPhase.Live;

    private SessionTime Time => new(_world.Scheduler.NowMs, _world.Wall.UnixMs);

    public SequencePosition Received(ReadOnlySequence<byte> bytes)
    {
        if (_dead)
        {
            return bytes.End;
        }

        var consumed = _session.OnReceived(in bytes, Time, this);
        Settle();
        return consumed;
    }

    public void Stored(StoredMessage message) => Event(() => _session.OnStored(message, Time, this));

    public void Ring(uint stream, ulong lastSeq) => Event(() => _session.OnRing(stream, lastSeq, this));

    public void Kick(CloseReason reason, uint retryAfterMs) => Event(() => _session.OnKick(reason, retryAfterMs, [], this));

    public void Replaced()
    {
        Event(() => _session.OnReplaced(this));
        _monitor.IsReplaced = true;
    }

    public void Superseded()
    {
        _world.Trace.Note(Device.Device, "superseded, attempt", Order.Attempt);
        Event(() => _session.OnSuperseded(this));
    }

    /// <summary>The connection is gone.</summary>
    public void Lost()
    {
        if (_dead)
        {
            return;
        }

        _closing = true;
        _session.OnClosed(this);
        _dead = true;
        _node.Forget(this);
        Leave();
    }

    /// <summary>The process is gone, and this with it.</summary>
    public void Die()
    {
        _dead = true;
        _link.NodeCrashed();
    }

    bool ISessionActions.TrySend(ReadOnlySpan<byte> frame)
    {
        RequireOpen("TrySend");
        _output.Write(frame);
        return true;
    }

    void ISessionActions.FillNonce(Span<byte> nonce) => _random.Fill(nonce);

    void ISessionActions.LookUpCredential(DeviceKey device)
    {
        RequireOpen("LookUpCredential");
        _node.After(_random.Skewed(0, 20), () => Event(() =>
        {
            var known = _world.Devices.FirstOrDefault(d => d.Key == device && !d.IsRevoked);
            Span<byte> stored = stackalloc byte[ProtocolLimits.KeyBytes];
            _random.Fill(stored);
            known?.StoredKey.CopyTo(stored);
            _session.OnCredential(stored, known is not null, this);
        }));
    }

    void ISessionActions.Open(DeviceKey device, ReadOnlyMemory<StreamPosition> seen, LoginOrder order)
    {
        RequireOpen("Open");
        Order = order;
        _node.After(StoreDelay(), () => Claim(device, seen));
    }

    void ISessionActions.ReadPage(uint stream, ulong afterSeq, int messagesMax, int bytesMax)
    {
        RequireOpen("ReadPage");
        _monitor.OnReadPage(stream, afterSeq, messagesMax, bytesMax);
        _node.After(StoreDelay(), () =>
        {
            var page = _world.Store.IsUp ? _world.Store.Read(Device, stream, afterSeq, messagesMax, bytesMax) : null;
            _node.After(StoreDelay(), () => Event(page is null ? () => _session.OnReadFailed(stream, Time) : () => _session.OnPage(page, Time, this)));
        });
    }

    void ISessionActions.Acknowledge(uint stream, ulong seq)
    {
        RequireOpen("Acknowledge");
        _monitor.OnAcknowledge(stream, seq);
        _world.Trace.Note(Device.Device, "acked stream seq", stream, seq);
        var device = Device;
        _node.Write(() => _world.Store.Acknowledge(device, stream, seq));
    }

    void ISessionActions.RecordDone(ulong messageId, DeliveryResult result, string? text)
    {
        RequireOpen("RecordDone");
        _world.Trace.Note(Device.Device, "done id result", messageId, (ulong)result);
    }

    void ISessionActions.RecordAttempts(uint stream, ulong seq, int attempts)
    {
        if (!_closing)
        {
            RequireOpen("RecordAttempts");
        }

        _monitor.OnAttempts(stream, seq, attempts, _closing);
        var device = Device;
        _node.Write(() => _world.Store.RecordAttempts(device, stream, seq, attempts));
    }

    void ISessionActions.GiveUp(uint stream, ulong seq)
    {
        RequireOpen("GiveUp");
        _node.After(StoreDelay(), () =>
        {
            var up = _world.Store.IsUp;
            if (up && _world.Store.Find(Device, stream, seq) is { } message)
            {
                _monitor.OnGiveUp(message);
                _world.Store.End(message, MessageState.Dead);
            }

            _node.After(StoreDelay(), () => Event(up ? () => _session.OnGivenUp(stream, this) : () => _session.OnReadFailed(stream, Time)));
        });
    }

    void ISessionActions.PublishEvent(ulong eventId, string name, in ReadOnlySequence<byte> payload)
    {
        RequireOpen("PublishEvent");
        _node.After(StoreDelay(), () => Event(() => _session.OnEventPublished(eventId, EventStatus.Ok, this)));
    }

    void ISessionActions.Close(CloseReason reason)
    {
        _closing = true;
        _world.Trace.Note(Device.Device ?? "?", "server closes, reason epoch", (ulong)reason, ClaimedEpoch);
        FlushOutput();
        _link.CloseByNode();
    }

    void ISessionActions.OnPushed(bool redelivery) => RequireOpen("OnPushed");

    private void Claim(DeviceKey device, ReadOnlyMemory<StreamPosition> seen)
    {
        if (_world.Routes.ClaimAsync(device, Order, CancellationToken.None).AsTask().Result is not { } claim)
        {
            Superseded();
            return;
        }

        ClaimedEpoch = claim.Route.Epoch;
        _world.Trace.Note(device.Device, "claimed epoch", ClaimedEpoch);
        foreach (var other in _world.Nodes.Where(n => n != _node && claim.Replaced is not null))
        {
            other.After(_random.Skewed(0, 50), () => other.Kick(device, ClaimedEpoch));
        }

        _node.After(_random.Skewed(0, 5), () =>
        {
            switch (_node.Join(this))
            {
                case JoinOutcome.Replaced:
                    Replaced();
                    break;
                case JoinOutcome.Superseded:
                    Superseded();
                    break;
                default:
                    _node.After(StoreDelay(), () => ReadStreams(device, seen));
                    break;
            }
        });
    }

    private void ReadStreams(DeviceKey device, ReadOnlyMemory<StreamPosition> seen)
    {
        var opened = _world.Store.IsUp ? _world.Store.Open(device, seen.Span) : null;
        _node.After(StoreDelay(), () =>
        {
            if (_dead || _session.Phase != SessionPhase.Opening)
            {
                Leave();
                return;
            }

            if (opened is null)
            {
                Leave();
                Event(() => _session.OnOpenFailed(this));
                return;
            }

            _monitor.OnOpened(opened);
            Event(() => _session.OnOpened(ClaimedEpoch, opened, Time, this));
            _world.Trace.Note(device.Device, "live epoch streams", ClaimedEpoch, (ulong)opened.Streams.Count);
        });
    }

    private void Leave()
    {
        if (!_left && ClaimedEpoch != 0)
        {
            _left = true;
            _node.Leave(this);
            _node.After(_random.Skewed(0, 1_000), () => _ = _world.Routes.ReleaseAsync(Device, ClaimedEpoch, CancellationToken.None).AsTask().Result);
        }
    }

    private void Event(Action action)
    {
        if (!_dead)
        {
            action();
            Settle();
        }
    }

    // As a reactor does it: the timer is only ever told of an earlier time, and looks again when it fires.
    private void Settle()
    {
        FlushOutput();
        var due = _session.NextDueMs;
        if (due < _armedMs)
        {
            _armedMs = due;
            _world.Scheduler.At(due, () => OnDue(due));
        }
    }

    private void OnDue(long armedMs)
    {
        if (!_dead && armedMs == _armedMs)
        {
            _armedMs = long.MaxValue;
            _session.OnTimer(Time, this);
            Settle();
        }
    }

    private void FlushOutput()
    {
        if (_output.WrittenCount > 0)
        {
            _monitor.OnOutput(_output.WrittenMemory);
            _link.Down.Send(_output.WrittenSpan);
            _output.ResetWrittenCount();
        }
    }

    private int StoreDelay() => _world.IsStorming ? _random.Skewed(0, _world.Profile.StoreDelayMaxMs) : _random.Between(0, 3);

    private void RequireOpen(string action)
    {
        if (_session.Phase == SessionPhase.Closed)
        {
            _world.Violate(Device.Device ?? "?", $"{action} from a closed session");
        }
        else if (_monitor.IsReplaced)
        {
            _world.Violate(Device.Device ?? "?", $"{action} from a session that was replaced");
        }
    }
}
