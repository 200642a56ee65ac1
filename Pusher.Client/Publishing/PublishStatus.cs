namespace Pusher.Client.Publishing;

/// <summary>How a publish ended.</summary>
public enum PublishStatus
{
    /// <summary>Nobody can tell whether it is stored. Publish again with the same publisher id: that settles it.</summary>
    Unknown,

    /// <summary>Stored and flushed to stable storage.</summary>
    Ok,

    /// <summary>Stored before under the same publisher id; the result carries the first one's message id and seq.</summary>
    Duplicate,

    /// <summary>The device's queue is full; nothing was stored. Retry when the device has caught up.</summary>
    QueueFull,

    /// <summary>The payload is over the limit; nothing was stored. Do not retry.</summary>
    TooLarge,

    /// <summary>No such device; nothing was stored. Do not retry before its key was added.</summary>
    UnknownDevice,

    /// <summary>Not allowed; nothing was stored. Do not retry with the same credentials.</summary>
    Unauthorized,

    /// <summary>The store cannot write now; nothing was stored. Retry.</summary>
    StoreUnavailable,

    /// <summary>Not understood; nothing was stored. Do not retry.</summary>
    BadRequest,

    /// <summary>No server took the request: none listens, or it cannot be reached. It is certain that nothing was stored. Retry.</summary>
    Unavailable,
}
