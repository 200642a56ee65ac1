using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Pusher.Local;

namespace Pusher.ClusterBench;

/// <summary>What INFO says.</summary>
internal static class RedisFigures
{
    /// <summary>Bytes that Redis uses for data.</summary>
    public static async Task<long> MemoryAsync(LocalRedis redis)
        => long.Parse(Line(await AskAsync(redis, "INFO memory").ConfigureAwait(false), "used_memory:"), CultureInfo.InvariantCulture);

    /// <summary>Calls of scripts by clients; what a script calls itself is not among them.</summary>
    public static async Task<long> ScriptCallsAsync(LocalRedis redis)
    {
        var line = Line(await AskAsync(redis, "INFO commandstats").ConfigureAwait(false), "cmdstat_evalsha:calls=");
        return line.Length == 0 ? 0 : long.Parse(line.Split(',')[0], CultureInfo.InvariantCulture);
    }

    /// <summary>Sends one command; the answer, whole when it is a bulk string or one line.</summary>
    public static async Task<string> AskAsync(LocalRedis redis, string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, redis.Port).ConfigureAwait(false);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n")).ConfigureAwait(false);
        var head = await reader.ReadLineAsync().ConfigureAwait(false) ?? "";
        if (!head.StartsWith('$'))
        {
            return head;
        }

        var body = new char[int.Parse(head.AsSpan(1), CultureInfo.InvariantCulture)];
        await reader.ReadBlockAsync(body).ConfigureAwait(false);
        return new string(body);
    }

    private static string Line(string text, string name)
        => text.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal)).Select(line => line[name.Length..].Trim()).FirstOrDefault() ?? "";
}
