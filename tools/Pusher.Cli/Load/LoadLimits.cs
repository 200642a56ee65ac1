using System.Globalization;

namespace Pusher.Cli.Load;

/// <summary>What the system allows one process, compared with what a run asks for.</summary>
internal static class LoadLimits
{
    /// <summary>Files this process needs beside one per device.</summary>
    private const int OtherFiles = 200;

    private const string PortRangeFile = "/proc/sys/net/ipv4/ip_local_port_range";

    /// <param name="devices">Devices, one file each.</param>
    /// <param name="limit">Files this process may open.</param>
    /// <exception cref="CliException">There are too few.</exception>
    public static void CheckFiles(int devices, long limit)
    {
        if (devices + OtherFiles > limit)
        {
            var each = Math.Max(1, limit - OtherFiles);
            throw new CliException(
                ExitCode.Usage,
                $"{devices} devices need {devices + OtherFiles} open files, and this process may have {limit} at most, the hard limit. Raise it (ulimit -Hn, LimitNOFILE), or run several processes: --devices {each} --skip 0, --devices {each} --skip {each}, and so on.");
        }
    }

    /// <summary>One address reaches one server once from each of its ports.</summary>
    /// <param name="devices">Devices, one port each.</param>
    /// <param name="sources">Source addresses; 0 = the system's one.</param>
    /// <param name="ports">Ports an address has.</param>
    /// <exception cref="CliException">There are too few.</exception>
    public static void CheckPorts(int devices, int sources, int ports)
    {
        var addresses = Math.Max(1, sources);
        if (devices > (long)addresses * ports)
        {
            throw new CliException(
                ExitCode.Usage,
                $"{devices} devices need {devices} ports, and {addresses} source address{(addresses == 1 ? " has" : "es have")} {(long)addresses * ports} ({PortRangeFile}). Give --sources {(devices + ports - 1) / ports} or more when the server is on the loopback; else run on more machines.");
        }
    }

    /// <summary>How many ports an address has for connections that leave it.</summary>
    public static int ReadPortRange()
    {
        var range = File.ReadAllText(PortRangeFile).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return int.Parse(range[1], CultureInfo.InvariantCulture) - int.Parse(range[0], CultureInfo.InvariantCulture) + 1;
    }
}
