namespace Pusher.Transport.Interop;

/// <summary>Event bits of epoll_ctl(2).</summary>
[Flags]
internal enum EpollFlags : uint
{
    None = 0,
    In = 0x001,
    Out = 0x004,
    Error = 0x008,

    /// <summary>Both directions are over.</summary>
    HangUp = 0x010,

    /// <summary>The peer has shut down its sending side.</summary>
    PeerHangUp = 0x2000,

    /// <summary>Tell of a change once, not of a state again and again.</summary>
    EdgeTriggered = 1u << 31,
}
