using System.Globalization;
using Pusher.Local;

namespace Pusher.ClusterBench;

/// <summary>Processor time of servers, from /proc (proc(5)).</summary>
internal static class ProcessTimes
{
    /// <summary>USER_HZ: 100 on every Linux architecture that .NET runs on.</summary>
    private const double MicrosecondsPerTick = 10_000;

    /// <summary>User and kernel time so far of all that run, microseconds.</summary>
    public static double Microseconds(params IEnumerable<LocalServer> servers) => servers.Sum(server => server.ProcessId is { } id ? Microseconds(id) : 0);

    // The name in parentheses may hold anything; the fields are counted from behind it. utime and stime are fields 14 and 15.
    private static double Microseconds(int process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return MicrosecondsPerTick * (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture));
    }
}
