namespace Pusher.Local;

/// <summary>What a cluster on this machine is made of.</summary>
public sealed record LocalClusterOptions
{
    /// <summary>Path of <c>pusher-server.dll</c>.</summary>
    public required string ServerAssembly { get; init; }

    /// <summary>For data, logs and keys; it must exist.</summary>
    public required string Directory { get; init; }

    /// <summary>How many nodes, 1 or more.</summary>
    public int Nodes { get; init; } = 3;

    /// <summary>The tenant of all devices.</summary>
    public string Tenant { get; init; } = "demo";

    /// <summary>The devices that may log in.</summary>
    public IReadOnlyList<string> Devices { get; init; } = [];

    /// <summary>Further options of every node.</summary>
    public IReadOnlyList<string> NodeArguments { get; init; } = [];

    /// <summary>Variables named <c>PUSHER_…</c> that every node gets.</summary>
    public IReadOnlyDictionary<string, string> NodeEnvironment { get; init; } = new Dictionary<string, string>();

    /// <summary>Value of <c>appendfsync</c>.</summary>
    public string RedisFlush { get; init; } = "always";

    /// <summary>Where Redis keeps its data; null = in <see cref="Directory"/>.</summary>
    public string? RedisDirectory { get; init; }
}
