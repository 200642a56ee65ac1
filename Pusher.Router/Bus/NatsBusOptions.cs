namespace Pusher.Router.Bus;

/// <summary>How to reach NATS.</summary>
public sealed record NatsBusOptions
{
    /// <summary>Default of <see cref="SubscriptionCapacity"/>.</summary>
    public const int SubscriptionCapacityDefault = 16_384;

    /// <summary>One URL or several by commas: <c>nats://host:4222</c>, <c>tls://host:4222</c>. User and password belong in their own options, not here.</summary>
    public required string Url { get; init; }

    /// <summary>How the connection is called in the monitoring of nats-server.</summary>
    public string ClientName { get; init; } = "pusher";

    /// <summary>User name, with <see cref="Password"/>.</summary>
    public string? User { get; init; }

    /// <summary>Password of <see cref="User"/>.</summary>
    public string? Password { get; init; }

    /// <summary>Token, instead of a user.</summary>
    public string? Token { get; init; }

    /// <summary>A credentials file (JWT and seed), as <c>nsc</c> writes it. Needs a build with NATS.NKeys.</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>An nkey seed file. Needs a build with NATS.NKeys.</summary>
    public string? NKeyFile { get; init; }

    /// <summary>
    /// Messages that wait for one subscription's handler, 16,384 by default; the next one is dropped and counted. Less makes a burst
    /// lose publishes (their publishers get no answer and must ask again); each waiting message holds its payload in memory.
    /// </summary>
    public int SubscriptionCapacity { get; init; } = SubscriptionCapacityDefault;

    /// <summary>First wait between two attempts to connect, milliseconds; it doubles up to <see cref="ReconnectWaitMaxMs"/>.</summary>
    public int ReconnectWaitMinMs { get; init; } = 100;

    /// <summary>Longest wait between two attempts to connect, milliseconds, jitter not counted.</summary>
    public int ReconnectWaitMaxMs { get; init; } = 2_000;

    /// <summary>Random part on top of each wait, milliseconds: without it all nodes come back in the same instant.</summary>
    public int ReconnectJitterMs { get; init; } = 1_000;

    /// <summary>How long one attempt to connect may take, milliseconds.</summary>
    public int ConnectTimeoutMs { get; init; } = 2_000;

    /// <summary>How often the connection is probed, milliseconds; two unanswered probes end it. More finds a cut wire later.</summary>
    public int PingIntervalMs { get; init; } = 5_000;
}
