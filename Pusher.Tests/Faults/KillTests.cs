using System.Globalization;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Faults;

/// <summary>The server dies like a process that is killed, at any moment and at chosen ones; nothing accepted may be lost, doubled or reordered.</summary>
[Collection(FaultsDefinition.Name)]
public sealed class KillTests
{
    /// <summary>More rounds by <c>PUSHER_TEST_KILLS=100</c>.</summary>
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("PUSHER_TEST_KILLS") ?? "5", CultureInfo.InvariantCulture);

    public static TheoryData<string, int> CrashPoints
    {
        get
        {
            var rows = new TheoryData<string, int>();
            foreach (var name in new[] { "before-store", "after-store", "after-ok", "after-send", "after-ack" })
            {
                foreach (var count in new[] { 1, 2, 17, 100, 333 })
                {
                    rows.Add(name, count);
                }
            }

            return rows;
        }
    }

    [Fact]
    public async Task Kill_AgainAndAgainUnderLoad_NothingLostDoubledOrReordered()
    {
        await using var run = await LoadRun.StartAsync(devices: 6);
        await run.ConnectDevicesAsync();
        run.StartPublishers(count: 3, outstanding: 16);

        for (var kill = 0; kill < Kills; kill++)
        {
            await run.HandedMoreAsync(Random.Shared.Next(100, 1_500));
            await run.Node.KillAsync();
            await run.Node.StartAgainAsync();
        }

        await run.HandedMoreAsync(500);
        run.AssertClean(await run.FinishAsync(), acceptedMin: 1_000);
        Assert.True(run.Unknown > 0, "no kill was felt by any publisher");
    }

    [Theory]
    [MemberData(nameof(CrashPoints))]
    public async Task CrashPoint_AtTheCount_NothingLostDoubledOrReordered(string name, int count)
    {
        await using var run = await LoadRun.StartAsync(devices: 3, [("PUSHER_CRASH_POINT", $"{name}:{count}")]);
        var crash = run.Node.Process;
        run.StartDevices();
        run.StartPublishers(count: 1, outstanding: 8);
        await Expect.TrueAsync(() => crash.HasExited, $"the server dies at hit {count} of {name}", run.Describe);
        Assert.Equal(128 + 9, await crash.WaitForExitAsync());
        await run.Node.StartAgainAsync();

        await run.HandedMoreAsync(100);
        run.AssertClean(await run.FinishAsync(), acceptedMin: 100);
    }

    [Fact]
    public async Task Kill_BeforeAnyDeviceIsThere_TheyGetAllInOrder()
    {
        await using var run = await LoadRun.StartAsync(devices: 4);
        run.StartPublishers(count: 2, outstanding: 16, messagesMax: 1_000);
        await Eventually.TrueAsync(() => run.Settled > 500, "500 messages are accepted");
        await run.Node.KillAsync();
        await run.Node.StartAgainAsync();
        await run.ConnectDevicesAsync();

        var report = await run.FinishAsync();

        run.AssertClean(report, acceptedMin: 500);
    }

    [Fact]
    public async Task Freeze_ThenContinue_NothingLostDoubledOrReordered()
    {
        await using var run = await LoadRun.StartAsync(devices: 3);
        await run.ConnectDevicesAsync();
        run.StartPublishers(count: 2, outstanding: 8);
        await run.HandedMoreAsync(300);

        await run.Node.Process.SignalAsync("STOP");
        var unknown = run.Unknown;
        await Eventually.TrueAsync(() => run.Unknown >= unknown + 32, "publishers of a frozen server get no answer");
        await run.Node.Process.SignalAsync("CONT");

        await run.HandedMoreAsync(300);
        run.AssertClean(await run.FinishAsync(), acceptedMin: 600);
    }
}
