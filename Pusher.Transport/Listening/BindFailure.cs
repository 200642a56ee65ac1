using System.Net;
using System.Net.Sockets;

namespace Pusher.Transport.Listening;

/// <summary>Turns an error of bind or listen into a message that an operator can act on.</summary>
internal static class BindFailure
{
    public static TransportBindException Explain(IPEndPoint endPoint, SocketException error)
    {
        string text = error.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse =>
                "the port is in use. Stop the process that holds it (find it with: ss -ltnp) or choose another port",
            SocketError.AccessDenied =>
                "no permission. Ports below 1024 need CAP_NET_BIND_SERVICE; choose a port above or grant it",
            SocketError.AddressNotAvailable =>
                "the address is not one of this machine. Use an address that 'ip address' shows, or 0.0.0.0 for all",
            SocketError.AddressFamilyNotSupported =>
                "this address family is switched off on this machine. Use an IPv4 address",
            SocketError.TooManyOpenSockets =>
                "no file descriptor left. Raise the limit of open files (ulimit -n, LimitNOFILE)",
            _ => $"{error.Message} ({error.SocketErrorCode})",
        };
        return new TransportBindException($"Cannot listen on {endPoint}: {text}.", error);
    }
}
