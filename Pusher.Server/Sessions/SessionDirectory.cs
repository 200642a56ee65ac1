using System.Collections.Concurrent;
using Pusher.Core.Identity;
using Pusher.Core.Messages;
using Pusher.Router.Dispatch;

namespace Pusher.Server.Sessions;

/// <summary>The devices that are logged in on this node: the doorbell finds its session here.</summary>
/// <remarks>Threading: any thread; each device's entry changes atomically, and only ever to a higher epoch.</remarks>
public sealed class SessionDirectory : IDoorbell, IPresence
{
    private readonly ConcurrentDictionary<DeviceKey, SessionHandle> _sessions = new();

    /// <summary>Sessions on this node.</summary>
    public int Count => _sessions.Count;

    /// <summary>
    /// Enters a session, unless a newer one is there already. <paramref name="replaced"/> is the older one that must be told.
    /// </summary>
    public JoinOutcome Join(DeviceKey device, SessionHandle session, out SessionHandle? replaced)
    {
        while (true)
        {
            replaced = null;
            if (!_sessions.TryGetValue(device, out var present))
            {
                if (_sessions.TryAdd(device, session))
                {
                    return JoinOutcome.Joined;
                }
            }
            else if (session.Order.IsOlderThan(present.Order))
            {
                return JoinOutcome.Superseded;
            }
            else if (present.Epoch > session.Epoch)
            {
                return JoinOutcome.Replaced;
            }
            else if (_sessions.TryUpdate(device, session, present))
            {
                replaced = present;
                return JoinOutcome.Joined;
            }
        }
    }

    /// <summary>Removes the device, if its entry is still the one with <paramref name="epoch"/>.</summary>
    public bool Leave(DeviceKey device, ulong epoch)
        => _sessions.TryGetValue(device, out var present)
            && present.Epoch == epoch
            && _sessions.TryRemove(KeyValuePair.Create(device, present));

    /// <summary>The device's session on this node.</summary>
    public bool TryFind(DeviceKey device, out SessionHandle session) => _sessions.TryGetValue(device, out session!);

    /// <inheritdoc/>
    public bool IsOnline(DeviceKey device, out long lastSeenUnixMs)
    {
        lastSeenUnixMs = 0; // a node remembers nobody who left
        return _sessions.ContainsKey(device);
    }

    /// <inheritdoc/>
    public bool Ring(DeviceKey device, StoredMessage message)
    {
        if (!_sessions.TryGetValue(device, out var session))
        {
            return false;
        }

        session.Mailbox.Post(new ReactorMail(ReactorMailKind.Stored, session.Connection, message));
        return true;
    }

    /// <inheritdoc/>
    public bool Ring(DeviceKey device, uint stream, ulong lastSeq)
    {
        if (!_sessions.TryGetValue(device, out var session))
        {
            return false;
        }

        session.Mailbox.Post(new ReactorMail(ReactorMailKind.Ring, session.Connection, null, lastSeq, stream));
        return true;
    }
}
