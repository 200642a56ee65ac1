using Pusher.Core.Identity;
using Pusher.Core.Protocol;
using Pusher.Router.Dispatch;
using Pusher.Router.Routes;
using Pusher.Router.Stores;

namespace Pusher.Server.Sessions;

/// <summary>The devices that are logged in on this node: the doorbell finds its session here.</summary>
/// <remarks>Threading: any thread; each device's entry changes atomically, and only ever to a higher epoch.</remarks>
public sealed class SessionDirectory : ILocalDoorbell, IPresence
{
    private readonly DeviceMap<SessionHandle> _sessions = new();
    private readonly SharedFramePool _frames = new();

    /// <summary>The tenants of the devices, and how many of each are live.</summary>
    public TenantTable Tenants { get; } = new();

    /// <summary>Sessions on this node.</summary>
    public int Count => _sessions.Count;

    /// <summary>
    /// Enters a session, unless a newer one is there already. <paramref name="replaced"/> is the older one that must be told.
    /// </summary>
    public JoinOutcome Join(DeviceKey device, in SessionHandle session, out SessionHandle? replaced)
    {
        replaced = null;
        using var row = _sessions.Open(device);
        if (row.Exists)
        {
            ref readonly var present = ref row.Value;
            if (session.Order.IsOlderThan(present.Order))
            {
                return JoinOutcome.Superseded;
            }

            if (present.Epoch > session.Epoch)
            {
                return JoinOutcome.Replaced;
            }

            replaced = present;
        }

        row.Set(session);
        return JoinOutcome.Joined;
    }

    /// <summary>Removes the device, if its entry is still the one with <paramref name="epoch"/>.</summary>
    public bool Leave(DeviceKey device, ulong epoch)
    {
        using var row = _sessions.Open(device);
        var own = row.Exists && row.Value.Epoch == epoch;
        if (own)
        {
            row.Remove();
        }

        return own;
    }

    /// <summary>A copy of all sessions; those that come or go meanwhile may be in it or not.</summary>
    public List<KeyValuePair<DeviceKey, SessionHandle>> ToList() => _sessions.ToList();

    /// <summary>The device's session on this node.</summary>
    public bool TryFind(DeviceKey device, out SessionHandle session) => _sessions.TryGet(device, out session);

    /// <inheritdoc/>
    public bool? IsOnline(DeviceKey device, out long lastSeenUnixMs)
    {
        lastSeenUnixMs = 0; // a node remembers nobody who left
        return _sessions.TryGet(device, out _);
    }

    /// <inheritdoc/>
    public bool Ring(AppendOperation message)
    {
        var head = new PushHead
        {
            MessageId = message.MessageId,
            Stream = message.Stream,
            Seq = message.Seq,
            Priority = message.Priority,
            ExpiresAtUnixMs = message.ExpiresAtUnixMs,
        };
        return Ring(message.Device, in head, message.Payload.Span);
    }

    /// <inheritdoc/>
    public bool Ring(DeviceKey device, in PushHead head, ReadOnlySpan<byte> payload)
    {
        if (!_sessions.TryGet(device, out var session))
        {
            return false;
        }

        // Encoded here, on the caller's thread: the publish and its payload are the publisher's again when this returns.
        var push = PushFrame.Rent(_frames, in head, payload);
        session.Mailbox.Post(ReactorMail.Stored(session.Connection, in push));
        return true;
    }

    /// <inheritdoc/>
    public bool Ring(DeviceKey device, uint stream, ulong lastSeq)
    {
        if (!_sessions.TryGet(device, out var session))
        {
            return false;
        }

        session.Mailbox.Post(new ReactorMail(ReactorMailKind.Ring, session.Connection, null, lastSeq, stream));
        return true;
    }
}
