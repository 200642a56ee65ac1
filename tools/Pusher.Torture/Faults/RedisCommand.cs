using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Pusher.Local;

namespace Pusher.Torture.Faults;

/// <summary>A command to Redis, as redis-cli would send it.</summary>
internal static class RedisCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Sends it until it is answered OK; a Redis that is still loading answers an error.</summary>
    public static async Task SendAsync(LocalRedis redis, string command)
    {
        var from = Stopwatch.GetTimestamp();
        while (true)
        {
            var answer = await TrySendAsync(redis.Port, command).ConfigureAwait(false);
            if (answer.StartsWith("+OK", StringComparison.Ordinal))
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(from) > Patience)
            {
                throw new LocalStartException($"redis-server did not take {command}: {answer}");
            }

            await Task.Delay(100).ConfigureAwait(false);
        }
    }

    private static async Task<string> TrySendAsync(int port, string command)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port).ConfigureAwait(false);
            var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n")).ConfigureAwait(false);
            var buffer = new byte[256];
            var read = await stream.ReadAsync(buffer).ConfigureAwait(false);
            return Encoding.ASCII.GetString(buffer, 0, read);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return e.Message;
        }
    }
}
