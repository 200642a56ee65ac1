namespace Pusher.Router.Stores;

/// <summary>How an append ended.</summary>
public enum AppendStatus : byte
{
    /// <summary>Not finished.</summary>
    None = 0,

    /// <summary>Stored and flushed to stable storage.</summary>
    Stored,

    /// <summary>The same publisher id was stored before, for the same device, within the dedupe time; nothing new was stored.</summary>
    Duplicate,

    /// <summary>The device's queue is full; nothing was stored.</summary>
    QueueFull,

    /// <summary>The store cannot write now (down, disk full, shutting down); nothing was stored.</summary>
    Unavailable,

    /// <summary>It may or may not be stored; only the same publisher id again can tell.</summary>
    Unknown,
}
