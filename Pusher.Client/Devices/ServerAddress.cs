namespace Pusher.Client.Devices;

/// <summary>A server's address: a name or an IP address, and a port. IPv6 stands in brackets: <c>[::1]:7000</c>.</summary>
public readonly record struct ServerAddress(string Host, int Port)
{
    /// <summary>Parses <c>host:port</c>.</summary>
    public static bool TryParse(string? text, out ServerAddress address)
    {
        address = default;
        var colon = text?.LastIndexOf(':') ?? -1;
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), out var port) || port == 0)
        {
            return false;
        }

        var host = text![..colon];
        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown || (host.Contains(':', StringComparison.Ordinal) && !bracketed))
        {
            return false;
        }

        address = new ServerAddress(bracketed ? host[1..^1] : host, port);
        return true;
    }

    /// <summary><c>host:port</c>.</summary>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
