using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace Pusher.Router.Redis;

/// <summary>Finds out for a person why a connection to Redis did not come about. The client says the same of all causes.</summary>
internal static class RedisProbe
{
    private const int PortDefault = 6379;

    /// <summary>Looks at the first server of a configuration; what is wrong there, and what to check.</summary>
    public static string Explain(string configuration, int timeoutMs)
    {
        var (host, port) = First(configuration);
        try
        {
            using var client = new TcpClient();
            if (!client.ConnectAsync(host, port).Wait(timeoutMs))
            {
                return $"{host}:{port} does not answer; check the address and the firewall";
            }

            var stream = client.GetStream();
            stream.ReadTimeout = timeoutMs;
            stream.Write("PING\r\n"u8);
            var answer = new byte[64];
            var read = stream.Read(answer);
            return Judge(host, port, Encoding.ASCII.GetString(answer, 0, read));
        }
        catch (AggregateException e) when (e.InnerException is SocketException refused)
        {
            return refused.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain
                ? $"the name {host} is not known; check redis"
                : $"{host}:{port}: {refused.Message}; check that redis-server runs and listens there";
        }
        catch (IOException)
        {
            return $"{host}:{port} accepts the connection and then says nothing; redis-server hangs, or it is another program";
        }
    }

    private static (string Host, int Port) First(string configuration)
        => ConfigurationOptions.Parse(configuration, ignoreUnknown: true).EndPoints.FirstOrDefault() switch
        {
            System.Net.DnsEndPoint dns => (dns.Host, dns.Port == 0 ? PortDefault : dns.Port),
            System.Net.IPEndPoint ip => (ip.Address.ToString(), ip.Port == 0 ? PortDefault : ip.Port),
            _ => ("?", PortDefault),
        };

    private static string Judge(string host, int port, string answer) => answer switch
    {
        ['+' or '-', ..] when !answer.StartsWith("-ERR Unknown Protocol", StringComparison.OrdinalIgnoreCase) => $"{host}:{port} answers '{answer.Split('\r')[0]}'; see the log of redis-server",
        _ => $"{host}:{port} is no Redis; check the address",
    };
}
