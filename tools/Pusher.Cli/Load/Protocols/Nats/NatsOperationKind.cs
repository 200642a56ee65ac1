namespace Pusher.Cli.Load.Protocols.Nats;

/// <summary>What a NATS server says.</summary>
internal enum NatsOperationKind
{
    /// <summary>Not all of it is there yet.</summary>
    Partial,

    /// <summary>Not NATS.</summary>
    Invalid,
    Info,
    Message,
    Ping,
    Pong,
    Ok,
    Error,
}
