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

    /// <summary>
    /// The largest body of a PUSH or EVENT, in bytes. A frame's payload is from now on at most
    /// <see cref="ProtocolLimits.EventHeadBytesMax"/> bytes longer, both ways, trailer not counted.
    /// </summary>
    public uint PayloadBytesMax { get; init; }

    /// <summary>Messages that may be unacknowledged.</summary>
    public ushort Window { get; init; }

    /// <summary>True when a stream that the device named goes on.</summary>
    public bool Resumed { get; init; }

    /// <summary>Messages known to be lost; <see cref="ProtocolLimits.LostUnknown"/> = not known.</summary>
    public uint Lost { get; init; }
}
