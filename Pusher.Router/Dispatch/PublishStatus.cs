namespace Pusher.Router.Dispatch;

/// <summary>
/// The answer to a publish. Apart from <see cref="Ok"/>, <see cref="Duplicate"/> and <see cref="Unknown"/> each of them means that nothing
/// was stored. The names on the wire are in <see cref="PublishStatusText"/>.
/// </summary>
public enum PublishStatus : byte
{
    /// <summary>Stored and flushed to stable storage. Do not send again.</summary>
    Ok = 0,

    /// <summary>The same publisher id was stored before; message id, stream and seq are the first one's. Do not send again.</summary>
    Duplicate,

    /// <summary>The device's queue is full. Retry later, when the device has taken some.</summary>
    QueueFull,

    /// <summary>The payload is over the limit. Do not retry.</summary>
    TooLarge,

    /// <summary>No such device. Do not retry before it exists.</summary>
    UnknownDevice,

    /// <summary>The publisher may not do this. Do not retry with the same credentials.</summary>
    Unauthorized,

    /// <summary>The store cannot take it now, or too many publishes are under way. Retry after a second or more.</summary>
    StoreUnavailable,

    /// <summary>Not understood; the error names what. Do not retry unchanged.</summary>
    BadRequest,

    /// <summary>It may or may not be stored. Retry with the same publisher id: the answer settles it.</summary>
    Unknown,
}
