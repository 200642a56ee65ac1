namespace Pusher.Core.Sessions;

/// <summary>Parts of the session code that a negative control switches off. Never set in production.</summary>
[Flags]
public enum SessionBreakage
{
    None = 0,

    /// <summary>Nothing is sent again in a live session.</summary>
    Retry = 1,

    /// <summary>A session that was replaced goes on as if it were not.</summary>
    Fence = 2,

    /// <summary>A new session starts behind what is stored instead of behind what is acknowledged.</summary>
    Resume = 4,
}
