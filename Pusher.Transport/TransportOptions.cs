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

    /// <summary>For how long a closing connection may still flush and wait for the peer to close as well, in milliseconds.</summary>
    public int CloseFlushMs { get; init; } = 1_000;

    /// <summary>Size of a reactor's receive buffer and so of one read, in bytes.</summary>
    public int ReceiveBufferBytes { get; init; } = 64 * 1024;

    /// <summary>
    /// Nothing more is read from a connection while more than so many bytes of its output wait, so that a peer that asks without
    /// reading the answers cannot fill the memory. Too small: a burst of messages stops the acknowledgements of that device.
    /// </summary>
    public int OutputPauseBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// Size of the kernel's send buffer of a connection, in bytes; 0 = the kernel's own, which grows to megabytes. Bounds what a slow
    /// reader costs, and how coarse the progress is that <see cref="SendStallMs"/> sees. Too small: slow over long distances.
    /// </summary>
    public int SendBufferBytes { get; init; } = 128 * 1024;

    /// <summary>
    /// TCP_USER_TIMEOUT: the kernel gives a connection up when sent data stays unacknowledged for so long, in milliseconds; 0 = the
    /// kernel's own, about 15 minutes. Linux only. Too small: a short loss of Wi-Fi costs a new login.
    /// </summary>
    public int TcpUserTimeoutMs { get; init; } = 30_000;

    /// <summary>Throws <see cref="ArgumentException"/> that names the first option out of its range.</summary>
    public void Validate()
    {
        ArgumentNullException.ThrowIfNull(EndPoint);
        Check(nameof(Reactors), Reactors, 0, 1024);
        Check(nameof(Backlog), Backlog, 1, 1 << 20);
        Check(nameof(ConnectionsMax), ConnectionsMax, 1, 1 << 24);
        Check(nameof(SendStallMs), SendStallMs, 1, 24 * 3_600_000);
        Check(nameof(CloseFlushMs), CloseFlushMs, 0, 3_600_000);
        Check(nameof(ReceiveBufferBytes), ReceiveBufferBytes, 64, 1 << 24);
        Check(nameof(OutputPauseBytes), OutputPauseBytes, 1, int.MaxValue);
        Check(nameof(SendBufferBytes), SendBufferBytes, 0, 1 << 26);
        Check(nameof(TcpUserTimeoutMs), TcpUserTimeoutMs, 0, 24 * 3_600_000);
    }

    private static void Check(string name, int value, int min, int max)
    {
        if (value < min || value > max)
        {
            throw new ArgumentException($"{name} is {value}; it must be from {min} to {max}.", name);
        }
    }
}
