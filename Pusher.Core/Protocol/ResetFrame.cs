namespace Pusher.Core.Protocol;

/// <summary>RESET, server to device: <c>u32 old stream | u32 new stream | u32 lost</c>. The new stream begins at seq 1.</summary>
public readonly ref struct ResetFrame
{
    /// <summary>The stream that ended.</summary>
    public uint OldStream { get; private init; }

    /// <summary>The stream in its place.</summary>
    public uint NewStream { get; private init; }

    /// <summary>Messages lost; <see cref="ProtocolLimits.LostUnknown"/> = not known.</summary>
    public uint Lost { get; private init; }

    /// <summary>False when the payload is cut off: <see cref="CloseReason.BadFrame"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ResetFrame frame)
    {
        var reader = new PayloadReader(payload);
        var ok = reader.TryReadUInt32(out var oldStream) & reader.TryReadUInt32(out var newStream) & reader.TryReadUInt32(out var lost);
        frame = ok ? new ResetFrame { OldStream = oldStream, NewStream = newStream, Lost = lost } : default;
        return ok;
    }
}
