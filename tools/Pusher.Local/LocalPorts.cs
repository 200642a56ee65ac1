using System.Net;
using System.Net.Sockets;

namespace Pusher.Local;

/// <summary>
/// Ports for servers that are restarted on the same one. They lie below the range from which the kernel draws the ports of outgoing
/// connections: else, while the server is down, a client that keeps trying could be given that very port, and connect to itself.
/// </summary>
public static class LocalPorts
{
    private const int First = 12_000;
    private const int Last = 31_999;

    private static int _next = Random.Shared.Next(Last - First);

    /// <summary>A port of the loopback that is free now, and that was not given before by this process.</summary>
    public static int Next()
    {
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            var port = First + (Interlocked.Increment(ref _next) % (Last - First));
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                continue;
            }
        }

        throw new LocalStartException($"no free port from {First} to {Last}");
    }
}
