namespace Pusher.Client.Devices;

/// <summary>What became of an event.</summary>
public enum SendEventResult
{
    /// <summary>Published to the backends that listen now.</summary>
    Ok,

    /// <summary>The server cannot publish now; nothing was published. Try again later.</summary>
    Unavailable,

    /// <summary>Not allowed or not understood; do not send it again.</summary>
    Rejected,

    /// <summary>The device is not online; nothing was sent.</summary>
    NotOnline,

    /// <summary>The connection ended before the answer: it may or may not have been published.</summary>
    Unknown,
}
