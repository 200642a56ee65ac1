namespace Pusher.Cli.Load;

/// <summary>What the devices of a load run speak.</summary>
internal enum LoadProtocol
{
    /// <summary>Pusher's own.</summary>
    Pusher,

    /// <summary>MQTT 3.1.1, with a broker for a server.</summary>
    Mqtt,

    /// <summary>The client protocol of NATS, with nats-server for a server.</summary>
    Nats,
}
