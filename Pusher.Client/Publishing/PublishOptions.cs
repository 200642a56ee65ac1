namespace Pusher.Client.Publishing;

/// <summary>Options of one publish.</summary>
public sealed record PublishOptions
{
    /// <summary>
    /// The publisher's own id, 1 to 64 printable ASCII characters without space: the dedupe key within tenant and device for 24 h. Null = one is
    /// generated, so that the built-in retries are safe; give your own (an order number) to be safe over restarts too. Not with <see cref="Qos"/> 0, which
    /// knows no duplicates.
    /// </summary>
    public string? PublisherId { get; init; }

    /// <summary>How long it is worth printing, at most 366 days; null = the server's default. Rounded to milliseconds.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>1 (the default) = stored, at least once. 0 = not stored, at most once, to whom is online.</summary>
    public int Qos { get; init; } = 1;

    /// <summary>0 (normal) to 255.</summary>
    public byte Priority { get; init; }
}
