namespace Pusher.Core.Messages;

/// <summary>A message as the store holds it and a session sends it. Immutable.</summary>
public sealed class StoredMessage
{
    /// <summary>The server's id, unique over nodes, growing in time.</summary>
    public required ulong MessageId { get; init; }

    /// <summary>The stream it belongs to; never 0.</summary>
    public required uint Stream { get; init; }

    /// <summary>Its place in the stream: 1, 2, 3, …</summary>
    public required ulong Seq { get; init; }

    /// <summary>0 (normal) to 255; carried to the device.</summary>
    public byte Priority { get; init; }

    /// <summary>When it stops being worth printing, Unix milliseconds; 0 = never.</summary>
    public long ExpiresAtUnixMs { get; init; }

    /// <summary>How often it was sent without an acknowledgement, as far as the store was told.</summary>
    public int Attempts { get; init; }

    /// <summary>The publisher's bytes, opaque.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }
}
