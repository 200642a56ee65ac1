namespace Pusher.Core.Protocol;

/// <summary>
/// Byte 2 of the header. The high nibble is critical: a receiver refuses a frame with a bit that it does not know. The low
/// nibble may be ignored.
/// </summary>
[Flags]
public enum FrameFlags : byte
{
    /// <summary>A plain frame.</summary>
    None = 0,

    /// <summary>The last four bytes are a CRC32C over header and payload.</summary>
    Checksum = 0x80,
}
