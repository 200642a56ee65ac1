namespace Pusher.Core.Messages;

/// <summary>
/// Where a stored message stands. It starts <see cref="Pending"/> and ends in exactly one of the others; the first end
/// wins, but for one step: <see cref="Acked"/> becomes <see cref="Done"/> when the device reports its result.
/// The numbers are stored; never renumber.
/// </summary>
public enum MessageState : byte
{
    /// <summary>Stored, not yet acknowledged.</summary>
    Pending = 0,

    /// <summary>The device took it and said nothing more.</summary>
    Acked = 1,

    /// <summary>The device reported a result (printed, out of paper, …).</summary>
    Done = 2,

    /// <summary>Its time to live ended first.</summary>
    Expired = 3,

    /// <summary>Its attempts were used up.</summary>
    Dead = 4,

    /// <summary>Its publisher took it back.</summary>
    Cancelled = 5,

    /// <summary>A newer message with the same collapse key took its place.</summary>
    Collapsed = 6,
}
