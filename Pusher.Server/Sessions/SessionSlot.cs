using Pusher.Core.Protocol;
using Pusher.Core.Sessions;
using Pusher.Transport;

namespace Pusher.Server.Sessions;

/// <summary>What a reactor keeps per connection, in a table indexed by the connection's slot.</summary>
internal struct SessionSlot
{
    public DeviceSession? Session;

    public PeerAddress Remote;

    public uint Generation;

    /// <summary>True until the session is live or gone: it counts as a pending login.</summary>
    public bool LoginPending;

    /// <summary>Those of a live session, so that a fan-out need not look into it.</summary>
    public FrameFlags Flags;

    /// <summary>The time the wheel will call at, monotonic milliseconds; <see cref="long.MaxValue"/> = it will not.</summary>
    public long ArmedMs;

    public readonly bool Holds(ConnectionId connection) => Session is not null && Generation == connection.Generation;
}
