using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Pusher.Transport.Listening;

/// <summary>
/// Socket options of connections. On Linux they are set once on the listening socket, whose accepted sockets inherit them (tcp(7),
/// socket(7)), which saves three system calls per connection.
/// </summary>
internal static class SocketTuning
{
    private const int ProtocolTcp = 6;

    /// <summary>TCP_USER_TIMEOUT of linux/tcp.h, in milliseconds.</summary>
    private const int TcpUserTimeout = 18;

    public static void ApplyToListener(Socket listener, TransportOptions options, ILogger logger)
    {
        Apply(listener, options);
        if (OperatingSystem.IsLinux() && options.TcpUserTimeoutMs > 0)
        {
            TrySetUserTimeout(listener, options.TcpUserTimeoutMs, logger);
        }
    }

    /// <summary>For platforms where accepted sockets do not inherit.</summary>
    public static void ApplyToAccepted(Socket socket, TransportOptions options)
    {
        if (!OperatingSystem.IsLinux())
        {
            Apply(socket, options);
        }

        socket.Blocking = false;
    }

    /// <summary>The value set on a socket, in milliseconds.</summary>
    public static int UserTimeoutOf(Socket socket)
    {
        Span<byte> value = stackalloc byte[sizeof(int)];
        socket.GetRawSocketOption(ProtocolTcp, TcpUserTimeout, value);
        return MemoryMarshal.Read<int>(value);
    }

    private static void Apply(Socket socket, TransportOptions options)
    {
        // A message goes out when it is written: what belongs together is gathered by the turn, not by Nagle's timer.
        socket.NoDelay = true;
        if (options.SendBufferBytes > 0)
        {
            socket.SendBufferSize = options.SendBufferBytes;
        }
    }

    private static void TrySetUserTimeout(Socket socket, int timeoutMs, ILogger logger)
    {
        try
        {
            Span<byte> value = stackalloc byte[sizeof(int)];
            MemoryMarshal.Write(value, timeoutMs);
            socket.SetRawSocketOption(ProtocolTcp, TcpUserTimeout, value);
        }
        catch (SocketException e)
        {
            logger.OptionNotSet("TCP_USER_TIMEOUT", e.Message);
        }
    }
}
