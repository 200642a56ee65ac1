using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Pusher.Bench.Runs;

namespace Pusher.Bench.Reports;

/// <summary>On what and with what a run was made: without it a figure means nothing.</summary>
internal sealed record MachineInfo(string Commit, string Date, string Processor, int Cores, string Kernel, string Runtime, int Rounds, int Devices, int Seconds, int PayloadBytes, int Rate)
{
    public const string FileName = "machine.json";

    public static MachineInfo Read(BenchOptions options) => new(
        CommitOfHere(),
        DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC",
        ProcessorOf(File.ReadLines("/proc/cpuinfo")),
        Environment.ProcessorCount,
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        RuntimeInformation.FrameworkDescription,
        options.Rounds,
        options.Devices,
        options.Seconds,
        options.PayloadBytes,
        options.Rate);

    public void Write(string directory) => File.WriteAllText(Path.Combine(directory, FileName), JsonSerializer.Serialize(this));

    /// <exception cref="BenchException">There is none.</exception>
    public static MachineInfo Read(string directory)
    {
        var path = Path.Combine(directory, FileName);
        return File.Exists(path)
            ? JsonSerializer.Deserialize<MachineInfo>(File.ReadAllText(path))!
            : throw new BenchException($"{path} does not exist: is {directory} the --out of a run?");
    }

    internal static string ProcessorOf(IEnumerable<string> cpuinfo)
        => cpuinfo.FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();

    // "not known" outside a clone: an unpacked release has no commit.
    private static string CommitOfHere()
    {
        const string NotKnown = "not known";
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = AppContext.BaseDirectory,
            })!;
            var commit = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 && commit.Length > 0 ? commit : NotKnown;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return NotKnown;
        }
    }
}
