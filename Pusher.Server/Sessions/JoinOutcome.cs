namespace Pusher.Server.Sessions;

/// <summary>How entering the directory ended.</summary>
public enum JoinOutcome : byte
{
    /// <summary>The session is the device's now.</summary>
    Joined,

    /// <summary>A newer login of another client is there: the session was replaced before it began.</summary>
    Replaced,

    /// <summary>A later attempt of the same client is there: the session was given up by its device.</summary>
    Superseded,
}
