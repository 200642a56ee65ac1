namespace Pusher.Core.Protocol;

/// <summary>
/// The eight bytes in front of every frame, big-endian:
/// <c>u8 magic 0xD7 | u8 version | u8 flags | u8 type | u32 length of what follows, trailer included</c>.
/// </summary>
/// <param name="Version">Protocol version; a header that was read always has <see cref="VersionCurrent"/>.</param>
/// <param name="Flags">Flags as received, ignorable bits included.</param>
/// <param name="Type">Type as received; may be one that this version does not know.</param>
/// <param name="PayloadLength">Bytes of the payload, without the trailer.</param>
public readonly record struct FrameHeader(byte Version, FrameFlags Flags, FrameType Type, int PayloadLength)
{
    /// <summary>Bytes of the header.</summary>
    public const int Size = 8;

    /// <summary>Byte 0. Starts no HTTP, TLS, SSH or UTF-8 text, so a stray client is refused by its first byte.</summary>
    public const byte Magic = 0xD7;

    /// <summary>Byte 1.</summary>
    public const byte VersionCurrent = 1;

    /// <summary>Bytes of the CRC32C trailer.</summary>
    public const int TrailerSize = 4;

    /// <summary>The flags that a receiver must know or refuse.</summary>
    public const byte CriticalFlagsMask = 0xF0;
}
