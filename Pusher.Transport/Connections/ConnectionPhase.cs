namespace Pusher.Transport.Connections;

/// <summary>The life of a connection; it only moves forward.</summary>
internal enum ConnectionPhase : byte
{
    /// <summary>Opened from this side and not decided yet.</summary>
    Connecting,

    /// <summary>Input is handed over, output is taken.</summary>
    Open,

    /// <summary>Closing: what was written before is being sent; input is left alone.</summary>
    Flushing,

    /// <summary>
    /// Closing: everything is sent and our side is shut down; input is read and thrown away until the peer closes too. Closing with
    /// unread input makes the kernel send a reset, which can destroy the last frames before the peer reads them.
    /// </summary>
    Lingering,

    /// <summary>To be released at the end of the turn, or released.</summary>
    Closed,
}
