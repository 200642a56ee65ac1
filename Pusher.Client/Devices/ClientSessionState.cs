namespace Pusher.Client.Devices;

/// <summary>Where a client session stands.</summary>
public enum ClientSessionState
{
    /// <summary>Not started.</summary>
    Idle,

    /// <summary>A connection was asked for and is not there yet.</summary>
    Connecting,

    /// <summary>Connected, not welcomed yet.</summary>
    LoggingIn,

    /// <summary>Logged in; messages flow.</summary>
    Online,

    /// <summary>The connection is being closed.</summary>
    Closing,

    /// <summary>Waiting to connect again.</summary>
    Waiting,

    /// <summary>Ended, and will not come back by itself.</summary>
    Halted,
}
