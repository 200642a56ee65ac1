namespace Pusher.Core.Protocol;

/// <summary>SETTINGS, server to device: <c>u32 heartbeat ms (never 0) | u16 window</c>. Valid from its receipt.</summary>
public readonly ref struct SettingsFrame
{
    /// <summary>The heartbeat to keep from now on, in milliseconds; never 0.</summary>
    public uint HeartbeatMs { get; private init; }

    /// <summary>Messages that may be unacknowledged from now on.</summary>
    public ushort Window { get; private init; }

    /// <summary>False when the payload is cut off or the heartbeat is 0: <see cref="CloseReason.BadFrame"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out SettingsFrame frame)
    {
        var reader = new PayloadReader(payload);
        var ok = reader.TryReadUInt32(out var heartbeatMs) & reader.TryReadUInt16(out var window) && heartbeatMs != 0;
        frame = ok ? new SettingsFrame { HeartbeatMs = heartbeatMs, Window = window } : default;
        return ok;
    }
}
