using System.Globalization;

namespace Pusher.Bench.Runs;

/// <summary>Processor time of another process, from /proc.</summary>
internal static class ProcessTimes
{
    private const double TicksPerSecond = 100; // USER_HZ, fixed by the kernel's interface

    /// <summary>User and system time in microseconds; NaN when the process is gone.</summary>
    public static double CpuMicroseconds(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond * 1e6;
        }
        catch (IOException)
        {
            return double.NaN;
        }
    }
}
