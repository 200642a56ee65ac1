using System.Net;
using Microsoft.Extensions.Logging;
using Pusher.Core.Sessions;
using Pusher.Server.Sessions;

namespace Pusher.Server.Hosting;

/// <summary>Everything one node can be told. Made and checked once, at start, by <see cref="OptionsReader"/>; docs/CONFIG.md has each key.</summary>
public sealed record ServerOptions
{
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 7800);

    public IPEndPoint Http { get; init; } = new(IPAddress.Loopback, 7801);

    public string DataDirectory { get; init; } = "pusher-data";

    public string CredentialsFile { get; init; } = "pusher-credentials.txt";

    /// <summary>True when <see cref="CredentialsFile"/> says that they are in Redis.</summary>
    public bool HasSharedCredentials => CredentialsFile == "redis";

    /// <summary>Null = the HTTP publish interface needs no token (loopback only).</summary>
    public string? HttpTokenFile { get; init; }

    /// <summary>Null = nodes are not drained over HTTP.</summary>
    public string? AdminTokenFile { get; init; }

    /// <summary>Null = <see cref="Listen"/>, when that is an address and not all of them.</summary>
    public string? Advertise { get; init; }

    /// <summary>Null = the bus stays inside the process.</summary>
    public string? NatsUrl { get; init; }

    public string? NatsUser { get; init; }

    public string? NatsPasswordFile { get; init; }

    public string? NatsTokenFile { get; init; }

    public string? NatsCredentialsFile { get; init; }

    /// <summary>Null = messages and routes stay in this node.</summary>
    public string? Redis { get; init; }

    public string? RedisUser { get; init; }

    public string? RedisPasswordFile { get; init; }

    public bool AcceptWeakDurability { get; init; }

    public string Site { get; init; } = "site-1";

    public string Node { get; init; } = "node-1";

    /// <summary>Null = 0, or with Redis one that follows from the name.</summary>
    public int? NodeNumber { get; init; }

    public string Transport { get; init; } = OperatingSystem.IsLinux() ? "epoll" : "saea";

    public int Reactors { get; init; }

    public int ConnectionsMax { get; init; } = 1_000_000;

    public int SendStallMs { get; init; } = 30_000;

    public TimeSpan TtlDefault { get; init; } = TimeSpan.FromHours(24);

    public int QueueMessagesMax { get; init; } = 1_000;

    public int QueueBytesMax { get; init; } = 4 * 1024 * 1024;

    public TimeSpan DedupeRetention { get; init; } = TimeSpan.FromHours(24);

    public TimeSpan StatusRetention { get; init; } = TimeSpan.FromHours(48);

    public long DiskReserveBytes { get; init; } = 256 * 1024 * 1024;

    public int SweepIntervalMs { get; init; } = 1_000;

    public int DrainMs { get; init; } = 10_000;

    public int DrainSpreadMs { get; init; } = 5_000;

    public int DrainLeadMs { get; init; }

    public bool InsecureDev { get; init; }

    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    public SessionOptions Session { get; init; } = new();

    public SessionLimits Limits { get; init; } = new();
}
