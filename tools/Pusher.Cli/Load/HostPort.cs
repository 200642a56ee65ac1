using System.Net;
using System.Net.Sockets;

namespace Pusher.Cli.Load;

/// <summary>Reads <c>host:port</c>, of which the host may be a name.</summary>
internal static class HostPort
{
    /// <param name="option">For the message when it is wrong.</param>
    /// <param name="text">What was given.</param>
    /// <exception cref="CliException">It is not host:port, or the name is not known.</exception>
    public static IPEndPoint Parse(string option, string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), out var port) || port == 0)
        {
            throw new CliException(ExitCode.Usage, $"{option} '{text}' is not host:port.");
        }

        if (IPAddress.TryParse(text.AsSpan(0, colon).Trim("[]"), out var address))
        {
            return new IPEndPoint(address, port);
        }

        try
        {
            return new IPEndPoint(Dns.GetHostAddresses(text[..colon])[0], port);
        }
        catch (SocketException e)
        {
            throw new CliException(ExitCode.Unreachable, $"{option} '{text}': {e.Message}");
        }
    }
}
