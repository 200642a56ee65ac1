namespace Pusher.Core.Metrics;

/// <summary>Why a QoS 0 message was not handed to a device.</summary>
public enum UnstoredDrop : byte
{
    /// <summary>The device was not logged in, or its connection had just ended.</summary>
    Offline = 0,

    /// <summary>The device takes too slowly: too much waits on its connection.</summary>
    Backlog,

    /// <summary>Too many QoS 0 messages wait for the reactor of the device.</summary>
    Overload,
}
