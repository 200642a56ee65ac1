namespace Pusher.Router.Faults;

/// <summary>
/// Guarantees that are switched off on purpose, so that a test can show that it goes red without them. Read once from
/// <c>PUSHER_BREAK</c>, a comma list of names; never for production: the server refuses it without <c>--insecure-dev</c>.
/// </summary>
[Flags]
public enum Breakage
{
    /// <summary>Nothing is broken.</summary>
    None = 0,

    /// <summary>The store answers OK without writing.</summary>
    Store = 1,

    /// <summary>The store does not look for duplicates.</summary>
    Dedupe = 2,

    /// <summary>The store answers OK without flushing to stable storage.</summary>
    Fsync = 4,

    /// <summary>Session epochs do not fence.</summary>
    Fence = 8,

    /// <summary>Nothing is sent twice.</summary>
    Retry = 16,

    /// <summary>A session starts behind the last seq instead of where the device stands.</summary>
    Resume = 32,

    /// <summary>The sweeper does not run.</summary>
    Sweep = 64,
}
