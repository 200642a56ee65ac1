namespace Pusher.Cli.Load;

/// <summary>What a load run does with its devices.</summary>
internal enum LoadMode
{
    /// <summary>Connects and logs in all devices, and ends.</summary>
    Connect,

    /// <summary>Holds all devices and does nothing with them but heartbeats.</summary>
    Idle,

    /// <summary>Publishes messages to one device after the other.</summary>
    Unicast,

    /// <summary>One message to all devices.</summary>
    Fanout,

    /// <summary>Keeps all devices and makes some log in anew all the time.</summary>
    Churn,
}
