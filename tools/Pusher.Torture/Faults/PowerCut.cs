using System.Diagnostics;
using System.Globalization;
using Pusher.Local;

namespace Pusher.Torture.Faults;

/// <summary>
/// Takes the power from the store's machine: its data lies in a file system in an image file, and what the store did not flush is in the memory of the
/// kernel and not in that file. A cut freezes the store, copies the image, kills the store and starts it again on the copy.
/// </summary>
internal sealed class PowerCut : IAsyncDisposable
{
    private const long ImageBytes = 1L << 30;

    private readonly string _directory;
    private int _generation;

    private PowerCut(string directory) => _directory = directory;

    /// <summary>Where the store keeps its data; the same over cuts.</summary>
    public string MountPoint => Path.Combine(_directory, "power");

    private string Image => Path.Combine(_directory, $"power-{_generation.ToString(CultureInfo.InvariantCulture)}.img");

    /// <summary>Makes the file system and mounts it.</summary>
    /// <exception cref="LocalStartException">That is not allowed here.</exception>
    public static async Task<PowerCut> PrepareAsync(string directory)
    {
        var power = new PowerCut(directory);
        Directory.CreateDirectory(power.MountPoint);
        await using (var image = File.Create(power.Image))
        {
            image.SetLength(ImageBytes);
        }

        await RunAsync("mkfs.ext4", "-q", "-F", power.Image).ConfigureAwait(false);
        await RunAsync("mount", "-o", "loop", power.Image, power.MountPoint).ConfigureAwait(false);
        return power;
    }

    public async Task<string> CutAsync(LocalRedis redis)
    {
        var old = Image;
        await redis.FreezeAsync().ConfigureAwait(false);
        _generation++;
        await RunAsync("cp", "--sparse=always", old, Image).ConfigureAwait(false);
        await redis.KillAsync().ConfigureAwait(false);
        await UnmountAsync().ConfigureAwait(false);
        File.Delete(old);
        await RunAsync("mount", "-o", "loop", Image, MountPoint).ConfigureAwait(false);
        await redis.StartAsync().ConfigureAwait(false);
        return "went on with what was flushed";
    }

    public async ValueTask DisposeAsync()
    {
        await UnmountAsync().ConfigureAwait(false);
        File.Delete(Image);
    }

    // A process that was just killed may hold the file system for a moment.
    private async Task UnmountAsync()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await RunAsync("umount", MountPoint).ConfigureAwait(false);
                return;
            }
            catch (LocalStartException) when (attempt < 50)
            {
                await Task.Delay(100).ConfigureAwait(false);
            }
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(LocalProgram.Find(program) ?? "/sbin/" + program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })
            ?? throw new LocalStartException($"{program} could not be started");
        var errors = await process.StandardError.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw new LocalStartException($"a power cut needs root and loop devices; {program} {string.Join(' ', arguments)} failed: {errors.Trim()}");
        }
    }
}
