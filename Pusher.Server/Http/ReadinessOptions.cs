namespace Pusher.Server.Http;

/// <summary>How a node checks itself.</summary>
public sealed record ReadinessOptions
{
    /// <summary>The node's name; an identifier, different on every node.</summary>
    public required string Node { get; init; }

    /// <summary>The site's name: the canary goes over the subjects of the site, for which the node has permission.</summary>
    public string Site { get; init; } = "site-1";

    /// <summary>Pause between two checks, milliseconds. Each costs one flush of the store.</summary>
    public int IntervalMs { get; init; } = 5_000;

    /// <summary>How long one check may take, milliseconds, before the node counts as not ready. Too short takes a node out for a slow disk.</summary>
    public int DeadlineMs { get; init; } = 3_000;
}
