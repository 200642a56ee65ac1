namespace Pusher.Core.Sessions;

/// <summary>
/// The state of one stream in one session. <c>Acked &lt;= Sent &lt;= MaxSent</c> and <c>Sent &lt;= Stored</c>:
/// <code>
///   1 .. Acked          the device took it
///   Acked+1 .. Sent     on the way (the window)
///   Sent+1 .. Stored    in the store, waiting for room in the window
/// </code>
/// It holds no message: what must be sent again is read again, so that a slow or dead device costs no memory.
/// </summary>
internal struct DeliveryWindow
{
    public uint Stream;

    /// <summary>Tries of the lowest unacknowledged message that ended without an acknowledgement.</summary>
    public int Attempts;

    public ulong Acked;

    public ulong Sent;

    /// <summary>The highest seq this session ever sent; <see cref="Sent"/> goes back below it on a retry.</summary>
    public ulong MaxSent;

    /// <summary>The highest seq that is known to be stored.</summary>
    public ulong Stored;

    /// <summary>When to act again (send again, or read again), monotonic milliseconds; <see cref="long.MaxValue"/> = never.</summary>
    public long DueMs;

    /// <summary>Payload sent since the window was last empty.</summary>
    public int BytesInFlight;

    /// <summary>A page was asked for and has not come.</summary>
    public bool Reading;

    public readonly int InFlight => (int)Math.Min(Sent - Acked, int.MaxValue);
}
