namespace Pusher.Core.Protocol;

/// <summary>Why seqs are skipped (SKIPPED frame). The numbers are on the wire.</summary>
public enum SkipReason : byte
{
    /// <summary>The server no longer knows.</summary>
    Unspecified = 0,

    /// <summary>The time to live ended.</summary>
    Expired = 1,

    /// <summary>The attempts were used up.</summary>
    Dead = 2,

    /// <summary>The publisher took the message back.</summary>
    Cancelled = 3,

    /// <summary>A newer message with the same collapse key took its place.</summary>
    Collapsed = 4,
}
