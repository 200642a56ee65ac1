using System.Net;

namespace Pusher.Transport;

/// <summary>How a transport listens and bounds its connections.</summary>
public sealed record TransportOptions
{
    /// <summary>Address and port; port 0 = any free one.</summary>
    public IPEndPoint EndPoint { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>Loops; 0 = one per processor. More than processors only adds switches.</summary>
    public int Reactors { get; init; }

    /// <summary>Length of the kernel's accept queue. Too small: a reconnect storm sees refused SYNs.</summary>
    public int Backlog { get; init; } = 4096;

    /// <summary>Connections of the whole transport; further ones are closed at accept. Bounded by the file limit as well.</summary>
    public int ConnectionsMax { get; init; } = 1_000_000;

    /// <summary>A connection whose peer takes none of the waiting output for so long is closed as a slow reader, in milliseconds.</summary>
    public int SendStallMs { get; init; } = 30_000;

    /// <summary>For how long a closing connection may still flush, in milliseconds.</summary>
    public int CloseFlushMs { get; init; } = 1_000;

    /// <summary>Size of a reactor's receive buffer and so of one read, in bytes.</summary>
    public int ReceiveBufferBytes { get; init; } = 64 * 1024;
}
