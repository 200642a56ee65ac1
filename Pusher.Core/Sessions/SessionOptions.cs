namespace Pusher.Core.Sessions;

/// <summary>What a node grants its devices. One instance for all sessions of a node.</summary>
public sealed record SessionOptions
{
    /// <summary>The node's name, told to devices in WELCOME.</summary>
    public string Node { get; init; } = "node";

    /// <summary>From accept to a correct proof, in milliseconds. Too short: slow radios never log in; too long: idle sockets pile up.</summary>
    public int LoginTimeoutMs { get; init; } = 10_000;

    /// <summary>Heartbeat for devices that propose none, in milliseconds.</summary>
    public int HeartbeatMs { get; init; } = 60_000;

    /// <summary>The shortest heartbeat granted, in milliseconds. Shorter ones cost CPU and radio time.</summary>
    public int HeartbeatMinMs { get; init; } = 5_000;

    /// <summary>The longest heartbeat granted, in milliseconds. NAT tables forget idle connections after minutes.</summary>
    public int HeartbeatMaxMs { get; init; } = 600_000;

    /// <summary>Added to one and a half heartbeats before a silent device is given up, in milliseconds.</summary>
    public int HeartbeatGraceMs { get; init; } = 5_000;

    /// <summary>Unacknowledged messages on the way to one device, for devices that propose none.</summary>
    public int WindowMessages { get; init; } = 16;

    /// <summary>The largest window granted, in messages.</summary>
    public int WindowMessagesMax { get; init; } = 256;

    /// <summary>
    /// Unacknowledged payload on the way to one device, in bytes; one message is always allowed. It is counted from an
    /// empty window on: once it is used up, the device must acknowledge everything before more is sent.
    /// </summary>
    public int WindowBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// Without any acknowledgement for so long, the window is sent again, in milliseconds. Doubled with each attempt. It must
    /// be longer than a printer needs for one order.
    /// </summary>
    public int AckTimeoutMs { get; init; } = 15_000;

    /// <summary>Where the doubling ends, in milliseconds.</summary>
    public int AckTimeoutMaxMs { get; init; } = 120_000;

    /// <summary>A message that was sent so often without an acknowledgement is given up as dead; with the default time-outs 100 are a good three hours. Too low: bad Wi-Fi loses orders.</summary>
    public int AttemptsMax { get; init; } = 100;

    /// <summary>The largest payload of a message or an EVENT, in bytes.</summary>
    public int PayloadBytesMax { get; init; } = 64 * 1024;

    /// <summary>What a device is told to wait when the store does not answer, in milliseconds.</summary>
    public uint StoreRetryAfterMs { get; init; } = 5_000;

    /// <summary>Parts of the session that are switched off on purpose, so that tests can see themselves fail.</summary>
    internal SessionBreakage Breakage { get; init; }
}
