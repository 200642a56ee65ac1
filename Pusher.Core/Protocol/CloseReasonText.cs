namespace Pusher.Core.Protocol;

/// <summary>The short English sentence that REFUSED and GOAWAY carry next to the number.</summary>
public static class CloseReasonText
{
    /// <summary>At most 96 bytes of ASCII; empty for reasons that are not on the wire.</summary>
    public static string Of(CloseReason reason) => reason switch
    {
        CloseReason.BadFrame => "not a frame of this protocol, or damaged on the way",
        CloseReason.UnsupportedVersion => "protocol version not served here",
        CloseReason.TooLarge => "frame longer than allowed now",
        CloseReason.WrongState => "frame not allowed now",
        CloseReason.BadHello => "a name in HELLO is not 1 to 64 of A-Z a-z 0-9 _ -, or the client version not ASCII",
        CloseReason.Unauthorized => "unknown device or wrong key",
        CloseReason.LoginTimeout => "login not finished in time",
        CloseReason.HeartbeatTimeout => "nothing heard for too long",
        CloseReason.Replaced => "a newer login of this device took over",
        CloseReason.Busy => "node is busy, come back later",
        CloseReason.Draining => "node is going down",
        CloseReason.SlowReader => "device does not read what is sent",
        CloseReason.Revoked => "key was revoked or changed",
        CloseReason.StoreUnavailable => "store does not answer, come back later",
        CloseReason.RateLimited => "too many logins of this device",
        CloseReason.BadAck => "acknowledged beyond what is stored",
        CloseReason.Internal => "defect of the server",
        _ => string.Empty,
    };
}
