namespace Pusher.Client.Publishing;

/// <summary>Options of a <see cref="Publisher"/>.</summary>
public sealed record PublisherOptions
{
    /// <summary>NATS servers, comma-separated: <c>nats://host:4222</c>.</summary>
    public required string NatsUrl { get; init; }

    /// <summary>User name; null = none.</summary>
    public string? User { get; init; }

    /// <summary>Password of the user. Take it from a file or the environment.</summary>
    public string? Password { get; init; }

    /// <summary>Token; null = none. Take it from a file or the environment.</summary>
    public string? Token { get; init; }

    /// <summary>The connection's name in the NATS server's lists.</summary>
    public string Name { get; init; } = "pusher-publisher";

    /// <summary>When it tries again.</summary>
    public PublishRetryOptions Retry { get; init; } = new();
}
