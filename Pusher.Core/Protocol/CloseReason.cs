namespace Pusher.Core.Protocol;

/// <summary>
/// Why a connection ended. A connection has one; the first to set it wins. Values below 256 are on the wire, in REFUSED
/// (before login) and GOAWAY (after); the others are known to the server only.
/// </summary>
public enum CloseReason : ushort
{
    /// <summary>Not closed.</summary>
    None = 0,

    /// <summary>The bytes are no frame of this protocol: wrong magic, unknown critical flag, bad checksum, malformed payload.</summary>
    BadFrame = 1,

    /// <summary>The header's version is not served here.</summary>
    UnsupportedVersion = 2,

    /// <summary>The declared length is over the limit of the connection's state.</summary>
    TooLarge = 3,

    /// <summary>A frame that is legal, but not now (a second HELLO, an ACK before login, a server's frame).</summary>
    WrongState = 4,

    /// <summary>A HELLO with an illegal name or client version.</summary>
    BadHello = 5,

    /// <summary>Unknown device or wrong key; which of the two is not said.</summary>
    Unauthorized = 6,

    /// <summary>The login was not finished in time.</summary>
    LoginTimeout = 7,

    /// <summary>No frame came for one and a half heartbeats and five seconds.</summary>
    HeartbeatTimeout = 8,

    /// <summary>A newer login of the same device took over. The client must not reconnect by itself.</summary>
    Replaced = 9,

    /// <summary>The node is full or busy; come back after the time given.</summary>
    Busy = 10,

    /// <summary>The node is going down; go elsewhere or come back after the time given.</summary>
    Draining = 11,

    /// <summary>The device stopped reading for too long.</summary>
    SlowReader = 12,

    /// <summary>The device's key was revoked or changed.</summary>
    Revoked = 13,

    /// <summary>The store does not answer, so the device cannot be served now.</summary>
    StoreUnavailable = 14,

    /// <summary>The device logs in too often, or from two places in turn.</summary>
    RateLimited = 15,

    /// <summary>The device acknowledged beyond the last message that is stored for it.</summary>
    BadAck = 16,

    /// <summary>A defect of the server; it is in its log.</summary>
    Internal = 17,

    /// <summary>The peer closed its side.</summary>
    PeerClosed = 256,

    /// <summary>Receiving failed (reset, time-out of TCP).</summary>
    ReceiveFailed = 257,

    /// <summary>Sending failed.</summary>
    SendFailed = 258,

    /// <summary>The server process stops at once.</summary>
    Shutdown = 259,

    /// <summary>Connecting from this side: nobody listens there.</summary>
    ConnectRefused = 260,

    /// <summary>Connecting from this side failed: no route, no answer, no free source port or file descriptor.</summary>
    ConnectFailed = 261,
}
