namespace Pusher.Core.Protocol;

/// <summary>
/// When a device may come back after a close, where the node has nothing more precise to say. Only a replaced or revoked
/// device is told to stay away by itself: every other reason may be one damaged byte, a node of an older version, or a key that
/// is registered a minute later, and a printer that stays dark until somebody pulls its plug helps nobody.
/// </summary>
public static class CloseReasonRetry
{
    /// <summary>The fault may be the line's: come back soon.</summary>
    private const uint LineMs = 1_000;

    /// <summary>The fault is the device's or its registration's: come back seldom.</summary>
    private const uint DeviceMs = 60_000;

    /// <summary>Milliseconds for REFUSED and GOAWAY; <see cref="ProtocolLimits.RetryNever"/> = not by itself.</summary>
    public static uint AfterMs(CloseReason reason) => reason switch
    {
        CloseReason.Replaced or CloseReason.Revoked => ProtocolLimits.RetryNever,
        CloseReason.BadFrame or CloseReason.BadAck => LineMs,
        CloseReason.UnsupportedVersion or CloseReason.TooLarge or CloseReason.WrongState => DeviceMs,
        CloseReason.BadHello or CloseReason.Unauthorized or CloseReason.RateLimited => DeviceMs,
        CloseReason.Busy or CloseReason.Draining or CloseReason.StoreUnavailable or CloseReason.Internal => 5_000,
        _ => 0,
    };
}
