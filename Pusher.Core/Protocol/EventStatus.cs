namespace Pusher.Core.Protocol;

/// <summary>The server's answer to an EVENT. The numbers are on the wire.</summary>
public enum EventStatus : byte
{
    /// <summary>Published to the backends that listen now.</summary>
    Ok = 0,

    /// <summary>The bus is not reachable; try again later.</summary>
    Unavailable = 1,

    /// <summary>Not allowed or not understood; do not send it again.</summary>
    Rejected = 2,
}
