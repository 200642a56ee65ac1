namespace Pusher.Client.Publishing;

/// <summary>Options of a <see cref="HttpPublisher"/>.</summary>
public sealed record HttpPublisherOptions
{
    /// <summary>A node's HTTP address: <c>http://host:port</c>.</summary>
    public required Uri BaseAddress { get; init; }

    /// <summary>Bearer token; null = none. Take it from a file or the environment.</summary>
    public string? Token { get; init; }

    /// <summary>When it tries again.</summary>
    public PublishRetryOptions Retry { get; init; } = new();
}
