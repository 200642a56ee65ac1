namespace Pusher.Cli.Load.Publishing;

/// <summary>What goes with each message over NATS.</summary>
internal enum NatsPublishStyle
{
    /// <summary>The payload alone, for clients of NATS.</summary>
    Plain,

    /// <summary>To Pusher: an id and a reply subject.</summary>
    Request,

    /// <summary>To Pusher: the wish for QoS 0, and no reply subject.</summary>
    QosZero,
}
