using System.Diagnostics;
using Pusher.Router.Faults;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>
/// The power goes: only what reached the disk is left. The store runs in an ext4 image; at some moment its process is stopped
/// and the image copied, which is what the disk would hold, without the page cache of the mounted file system.
/// </summary>
public sealed class SqliteStorePowerCutTests
{
    private const long ImageBytes = 256 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(700)]
    [InlineData(6_000)]
    public async Task PowerCut_WhileAppending_LosesNothingThatWasAnswered(int answers)
        => Assert.Equal(0, await CutAsync(answers));

    [Fact]
    public async Task PowerCut_WithoutFsync_IsFoundToLose()
        => Assert.NotEqual(0, await CutAsync(700, (BreakageSwitch.Variable, "fsync")));

    private static async Task<int> CutAsync(int answers, params (string Name, string Value)[] environment)
    {
        using var directory = new StoreDirectory();
        var image = Path.Combine(directory.Path, "disk.img");
        var copy = Path.Combine(directory.Path, "after.img");
        var answered = await RunUntilCutAsync(answers, environment, directory.Path, image, copy);
        using var after = LoopMount.TryImage(copy, 0, Path.Combine(directory.Path, "after"), out var reason);
        Assert.True(after is not null, reason);
        return await StoreAudit.CountLostAsync(Path.Combine(after.Path, "data"), answered, Cancellation);
    }

    private static async Task<long[]> RunUntilCutAsync(int answers, (string Name, string Value)[] environment, string directory, string image, string copy)
    {
        using var disk = LoopMount.TryImage(image, ImageBytes, Path.Combine(directory, "disk"), out var reason);
        Assert.SkipWhen(disk is null, $"Loop mounts are not allowed here ({reason}); the power-cut test has shown nothing.");
        using var child = new StoreChildProcess(Path.Combine(disk!.Path, "data"), environment);
        await child.WaitForAsync(answers, Cancellation);
        Signal("STOP", child.Id);
        File.Copy(image, copy);
        await child.KillAsync(Cancellation);
        return [.. child.Stored];
    }

    private static void Signal(string name, int processId)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{processId}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }
}
