namespace Pusher.Server.Sessions;

/// <summary>Bounds of one node on its connections.</summary>
public sealed record SessionLimits
{
    /// <summary>Connections that have not logged in yet, of the whole node; further ones are refused as busy. Bounds what a flood can hold.</summary>
    public int LoginsPendingMax { get; init; } = 10_000;

    /// <summary>What a refused connection is told to wait, in milliseconds.</summary>
    public uint BusyRetryAfterMs { get; init; } = 5_000;
}
