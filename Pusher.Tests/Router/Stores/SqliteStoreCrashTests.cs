using Pusher.Router.Faults;
using Xunit;

namespace Pusher.Tests.Router.Stores;

/// <summary>A process with a store dies at any moment: what it had answered OK is there, and the next one opens at once.</summary>
public sealed class SqliteStoreCrashTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(5_000)]
    public async Task Kill_WhileAppending_LosesNothingThatWasAnswered(int answers)
    {
        using var directory = new StoreDirectory();
        using var child = new StoreChildProcess(directory.Path);
        await child.WaitForAsync(answers, Cancellation);
        await child.KillAsync(Cancellation);

        Assert.True(child.Stored.Count >= answers);
        Assert.Equal(0, await StoreAudit.CountLostAsync(directory.Path, child.Stored, Cancellation));
    }

    [Theory]
    [InlineData(CrashPoint.BeforeStore, 1)]
    [InlineData(CrashPoint.BeforeStore, 1_000)]
    [InlineData(CrashPoint.AfterStore, 1)]
    [InlineData(CrashPoint.AfterStore, 1_000)]
    [InlineData(CrashPoint.AfterAck, 1)]
    [InlineData(CrashPoint.AfterAck, 1_000)]
    public async Task CrashPoint_AnyPosition_LosesNothingThatWasAnswered(string name, int count)
    {
        using var directory = new StoreDirectory();
        using var child = new StoreChildProcess(directory.Path, (CrashPoint.Variable, $"{name}:{count}"));
        await child.WaitForEndAsync(Cancellation);

        Assert.True(name == CrashPoint.AfterAck ? child.Stored.Count >= count : child.Stored.Count < count, $"{child.Stored.Count} were answered");
        Assert.Equal(0, await StoreAudit.CountLostAsync(directory.Path, child.Stored, Cancellation));
    }

    [Fact]
    public async Task Kill_WithTheStoreBroken_IsFoundByTheAudit()
    {
        using var directory = new StoreDirectory();
        using var child = new StoreChildProcess(directory.Path, (BreakageSwitch.Variable, "store"));
        await child.WaitForAsync(500, Cancellation);
        await child.KillAsync(Cancellation);

        Assert.NotEqual(0, await StoreAudit.CountLostAsync(directory.Path, child.Stored, Cancellation));
    }

    [Fact]
    public async Task CrashPoint_Unknown_RefusesToRun()
    {
        using var directory = new StoreDirectory();
        using var child = new StoreChildProcess(directory.Path, (CrashPoint.Variable, "before-lunch:1"));
        await child.WaitForEndAsync(Cancellation);

        Assert.Empty(child.Stored);
        Assert.Contains(child.Errors, line => line.Contains("before-lunch", StringComparison.Ordinal));
    }
}
