using Pusher.Core.Buffers;
using Pusher.Core.Metrics;
using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Pusher.Transport;

namespace Pusher.Server.Sessions;

/// <summary>QoS 0 on one reactor: who is live, the fan-outs under way, what was delivered and dropped.</summary>
/// <remarks>Threading: on the reactor's thread only.</remarks>
internal sealed class UnstoredSessions
{
    /// <summary>
    /// Deliveries of fan-outs in one turn: at some 5 to 10 us for a send the input of the reactor waits 10 ms at most, whatever the size of the tenant.
    /// </summary>
    public const int DeliveriesPerTurnMax = 1024;

    /// <summary>Fan-outs that may wait on one reactor; further ones are dropped and counted.</summary>
    public const int FanOutsMax = 256;

    private readonly TenantTable _tenants;
    private readonly PusherMeter _meter;
    private readonly SessionPort _port;
    private readonly TenantMembers _members = new();
    private readonly FanOutQueue _fanOuts;
    private readonly long _backlogBytesMax;
    private long _delivered;
    private IReactor? _reactor;

    public UnstoredSessions(SessionServices services, SessionPort port)
    {
        _tenants = services.Directory.Tenants;
        _meter = services.Meter;
        _port = port;
        _backlogBytesMax = services.Limits.UnstoredBacklogBytesMax;
        _fanOuts = new FanOutQueue(_members, FanOutsMax);
    }

    /// <summary>A fan-out is not finished.</summary>
    public bool HasWork => _fanOuts.HasWork;

    public void Attach(IReactor reactor) => _reactor = reactor;

    /// <summary>A session went live.</summary>
    public void Joined(int slot, string tenantName)
    {
        var tenant = _tenants.GetOrAdd(tenantName);
        _members.Add(slot, tenant.Index);
        tenant.Count(_reactor!.Index, 1);
    }

    /// <summary>A connection ended; one that never was live changes nothing.</summary>
    public void Left(int slot, string tenantName)
    {
        if (_tenants.TryFind(tenantName, out var tenant) && _members.Contains(slot))
        {
            _fanOuts.OnLeaving(slot);
            _members.Remove(slot, tenant.Index);
            tenant.Count(_reactor!.Index, -1);
        }
    }

    /// <summary>A message for one device; <paramref name="session"/> is null when it is gone. Releases the mail's reference.</summary>
    public void Deliver(in ReactorMail mail, DeviceSession? session)
    {
        var frame = mail.Frame;
        Send(session, mail.Connection, in frame);
        frame.Release();
    }

    /// <summary>A message for every device of a tenant on this reactor. Takes the mail's reference over.</summary>
    public void Begin(in ReactorMail mail)
    {
        var frame = mail.Frame;
        if (!_fanOuts.TryAdd(in frame, (int)mail.Stream))
        {
            frame.Release();
            _meter.UnstoredDropped(UnstoredDrop.Overload, mail.Devices);
        }
    }

    /// <summary>The next delivery of the fan-outs under way.</summary>
    public bool TryNext(out int slot, out FrameLease frame) => _fanOuts.TryNext(out slot, out frame);

    /// <summary>
    /// One delivery of a fan-out. A member's session is live, or it has closed its connection, which then takes nothing: so the session, a line of memory
    /// that no cache holds when there are many, is not looked at. The lease stays the caller's.
    /// </summary>
    public void SendToMember(ConnectionId connection, in FrameLease frame, FrameFlags flags)
    {
        switch (_reactor!.TrySend(connection, frame.Bytes(flags), _backlogBytesMax))
        {
            case SendOutcome.Taken:
                _delivered++;
                break;
            case SendOutcome.Backlogged:
                _meter.UnstoredDropped(UnstoredDrop.Backlog, 1);
                break;
            default:
                _meter.UnstoredDropped(UnstoredDrop.Offline, 1);
                break;
        }
    }

    /// <summary>The end of a turn's deliveries: what they came to goes to the meter at once.</summary>
    public void Report()
    {
        if (_delivered > 0)
        {
            _meter.UnstoredDelivered(_delivered);
            _delivered = 0;
        }
    }

    private void Send(DeviceSession? session, ConnectionId connection, in FrameLease frame)
    {
        if (session is null)
        {
            _meter.UnstoredDropped(UnstoredDrop.Offline, 1);
            return;
        }

        _port.Select(session, connection);
        if (session.OnUnstored(in frame, _port))
        {
            _delivered++;
        }
        else
        {
            _meter.UnstoredDropped(session.Phase == SessionPhase.Live && _port.IsBacklogged ? UnstoredDrop.Backlog : UnstoredDrop.Offline, 1);
        }
    }
}
