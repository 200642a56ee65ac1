namespace Pusher.Router.Redis;

/// <summary>How a node reaches Redis: one server, the sentinels of one, or some nodes of a cluster.</summary>
public sealed record RedisOptions
{
    /// <summary>
    /// <c>host:port[,host:port][,key=value]</c> as StackExchange.Redis reads it; <c>serviceName=NAME</c> makes the hosts sentinels,
    /// <c>ssl=true</c> asks for TLS, <c>defaultDatabase=N</c> chooses a database. No password: that is <see cref="Password"/>.
    /// </summary>
    public required string Configuration { get; init; }

    /// <summary>The ACL user; null = the default user.</summary>
    public string? User { get; init; }

    /// <summary>The password; null = none.</summary>
    public string? Password { get; init; }

    /// <summary>How the connection is named in <c>CLIENT LIST</c>.</summary>
    public string ClientName { get; init; } = "pusher";

    /// <summary>For how long the start waits for a server, 100 ms or more.</summary>
    public int ConnectTimeoutMs { get; init; } = 3_000;

    /// <summary>
    /// Without an answer for so long a command's end is unknown. 100 to 60,000. It bounds what a publisher waits when Redis is gone;
    /// shorter than a slow fsync takes: needless <c>unknown</c> answers and repeats.
    /// </summary>
    public int CommandTimeoutMs { get; init; } = 1_500;

    /// <summary>Start on a server that may lose what it has answered for.</summary>
    public bool AcceptWeakDurability { get; init; }

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(!string.IsNullOrWhiteSpace(Configuration), nameof(Configuration), "must name a server");
        Require(!Configuration.Contains("password=", StringComparison.OrdinalIgnoreCase), nameof(Configuration), "must not hold a password; give it by a file");
        Require(ConnectTimeoutMs >= 100, nameof(ConnectTimeoutMs), "must be 100 or more");
        Require(CommandTimeoutMs is >= 100 and <= 60_000, nameof(CommandTimeoutMs), "must be 100 to 60,000");
    }

    private static void Require(bool holds, string name, string rule)
    {
        if (!holds)
        {
            throw new ArgumentException($"Redis option {name} {rule}.");
        }
    }
}
