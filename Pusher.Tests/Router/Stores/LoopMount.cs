using System.Diagnostics;

namespace Pusher.Tests.Router.Stores;

/// <summary>A small file system of a test's own, mounted while the test runs. Needs root and mount(2).</summary>
internal sealed class LoopMount : IDisposable
{
    private LoopMount(string path) => Path = path;

    public string Path { get; }

    /// <summary>Mounts an ext4 image, making it of <paramref name="makeBytes"/> first when that is not 0; null and the reason when it is not allowed here.</summary>
    public static LoopMount? TryImage(string image, long makeBytes, string path, out string reason)
    {
        if (makeBytes > 0)
        {
            using (var file = File.Create(image))
            {
                file.SetLength(makeBytes);
            }

            if (!TryRun(out reason, "mkfs.ext4", "-q", "-F", image))
            {
                return null;
            }
        }

        return TryMount(path, out reason, "-o", "loop", image);
    }

    /// <summary>Mounts a tmpfs of <paramref name="bytes"/>; null and the reason when it is not allowed here.</summary>
    public static LoopMount? TryMemory(long bytes, string path, out string reason)
        => TryMount(path, out reason, "-t", "tmpfs", "-o", $"size={bytes}", "pusher-test");

    public void Dispose()
    {
        // A killed process may hold the mount for a moment.
        var deadline = Stopwatch.StartNew();
        string reason;
        while (!TryRun(out reason, "umount", Path))
        {
            if (deadline.Elapsed > TimeSpan.FromSeconds(20))
            {
                throw new IOException($"{Path} stays mounted: {reason}");
            }

            Thread.Yield();
        }
    }

    private static LoopMount? TryMount(string path, out string reason, params string[] arguments)
    {
        Directory.CreateDirectory(path);
        return TryRun(out reason, "mount", [.. arguments, path]) ? new LoopMount(path) : null;
    }

    private static bool TryRun(out string reason, string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            reason = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            reason = $"{program}: {e.Message}";
            return false;
        }
    }
}
