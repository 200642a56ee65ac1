namespace Pusher.Core.Protocol;

/// <summary>The numbers of a WELCOME.</summary>
public readonly record struct WelcomeValues
{
    /// <summary>Grows with every login of the device.</summary>
    public ulong Epoch { get; init; }

    /// <summary>The server's clock, Unix milliseconds.</summary>
    public long ServerTimeUnixMs { get; init; }

    /// <summary>The heartbeat to keep, in milliseconds; never 0 on the wire.</summary>
    public uint HeartbeatMs { get; init; }

    /// <summary>The limit on a frame's payload from now on, both ways, in bytes without trailer.</summary>
    public uint PayloadBytesMax { get; init; }

    /// <summary>Messages that may be unacknowledged.</summary>
    public ushort Window { get; init; }

    /// <summary>True when a stream that the device named goes on.</summary>
    public bool Resumed { get; init; }

    /// <summary>Messages known to be lost; <see cref="ProtocolLimits.LostUnknown"/> = not known.</summary>
    public uint Lost { get; init; }
}
