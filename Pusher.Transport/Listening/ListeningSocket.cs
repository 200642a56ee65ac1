using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Pusher.Transport.Listening;

/// <summary>Makes the socket that a listener accepts from.</summary>
internal static class ListeningSocket
{
    /// <summary>Binds and listens; the socket does not block. Throws <see cref="TransportBindException"/>.</summary>
    public static Socket Bind(TransportOptions options, ILogger logger)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(options.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (options.EndPoint.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            // No ReuseAddress: on Unix the runtime already allows to bind over TIME_WAIT, and this option would also set SO_REUSEPORT,
            // by which a second server could take half of the connections instead of failing to start.
            SocketTuning.ApplyToListener(socket, options, logger);
            socket.Bind(options.EndPoint);
            socket.Listen(options.Backlog);
            socket.Blocking = false;
            return socket;
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw BindFailure.Explain(options.EndPoint, e);
        }
    }
}
