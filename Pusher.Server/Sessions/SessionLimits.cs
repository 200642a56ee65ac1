namespace Pusher.Server.Sessions;

/// <summary>Bounds of one node on its connections.</summary>
public sealed record SessionLimits
{
    /// <summary>Connections that have not logged in yet, of the whole node; further ones are refused as busy. Bounds what a flood can hold.</summary>
    public int LoginsPendingMax { get; init; } = 10_000;

    /// <summary>
    /// Output that may wait for a device, in bytes, before QoS 0 messages for it are dropped. Too little: a short stall loses messages; too much: each slow
    /// device holds so much memory.
    /// </summary>
    public int UnstoredBacklogBytesMax { get; init; } = 64 * 1024;

    /// <summary>What a refused connection is told to wait, in milliseconds.</summary>
    public uint BusyRetryAfterMs { get; init; } = 5_000;
}
