using System.Globalization;

namespace Pusher.Cli.Load.Report;

/// <summary>Reads what a process has used, from /proc (proc(5)).</summary>
internal sealed class ProcessUsage(int pid)
{
    /// <summary>USER_HZ: 100 on every Linux architecture that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Processor time of all threads so far, user and kernel; null when the process is gone.</summary>
    public TimeSpan? CpuTime
    {
        get
        {
            if (Read("stat") is not { } stat)
            {
                return null;
            }

            // The name in parentheses may hold anything; the fields are counted from behind it. utime and stime are fields 14 and 15.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
            return TimeSpan.FromSeconds(ticks / TicksPerSecond);
        }
    }

    /// <summary>Resident memory in bytes: exact where the kernel tells (smaps_rollup), else VmRSS; null when the process is gone.</summary>
    public long? ResidentBytes => (Read("smaps_rollup") is { } rollup ? Kilobytes(rollup, "Rss:") : null) ?? (Read("status") is { } status ? Kilobytes(status, "VmRSS:") : null);

    private static long? Kilobytes(string text, string name)
    {
        var line = text.Split('\n').FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        return line is null ? null : 1024 * long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }

    private string? Read(string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // gone, or not ours to read: the figure is left out
        }
    }
}
