using System.Net;
using Pusher.Cli.Load.Protocols;
using Pusher.Transport;

namespace Pusher.Cli.Load.Engine;

/// <summary>One simulated device.</summary>
/// <remarks>Threading: on its reactor's thread only.</remarks>
internal struct LoadDevice
{
    /// <summary>Its number over all reactors.</summary>
    public int Number;

    public LoadIdentity Identity;
    public DevicePhase Phase;

    /// <summary>True when it was logged in and lost its connection before the end, for whatever reason.</summary>
    public bool HasLeft;
    public ConnectionId Connection;

    /// <summary>What it has of its first stream.</summary>
    public DeviceStream First;

    /// <summary>Further streams; null for nearly every device.</summary>
    public DeviceStream[]? More;

    /// <summary>The last counter of each publisher; null before the first message.</summary>
    public long[]? Counters;

    public uint HeartbeatMs;

    /// <summary>When connecting began, a time stamp.</summary>
    public long ConnectedFrom;

    /// <summary>How long the server asked it to stay away, in milliseconds.</summary>
    public uint RetryAfterMs;

    /// <summary>Where the server sent it; null = where it was told to go.</summary>
    public IPEndPoint? Elsewhere;
}
