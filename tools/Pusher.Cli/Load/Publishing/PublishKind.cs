namespace Pusher.Cli.Load.Publishing;

/// <summary>How a load run publishes.</summary>
internal enum PublishKind
{
    /// <summary>To the subjects of a Pusher node over NATS.</summary>
    Nats,

    /// <summary><see cref="RawPublishProtocol"/>.</summary>
    Raw,

    /// <summary>To the broker to which the devices are connected, in their protocol.</summary>
    Broker,
}
