using Pusher.Bench.Runs;
using Pusher.Bench.Servers;
using Pusher.Tests.Support;
using Xunit;

namespace Pusher.Tests.Bench.Runs;

/// <summary>The servers as processes, as the driver runs them.</summary>
public sealed class ServeProcessTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Serve_Process_SaysReadyAnswersStatsAndEndsWithItsInput()
    {
        var server = await new ServeSubject("floor", ServerKind.Floor, []).StartAsync("", "", Cancel);
        var pid = server.Pid;
        await using (server)
        {
            var listen = System.Net.IPEndPoint.Parse(server.LoadArguments[1]);
            var (device, _) = await RawDevice.LoginNewAsync(listen, new TestDevice("load", "till-1"));
            await using var _ = device;
            await Eventually.TrueAsync(async () => (await server.StatsAsync(Cancel)).Counts.Logins == 1);
            Assert.True(ProcessTimes.CpuMicroseconds(pid) > 0);
        }

        Assert.True(double.IsNaN(ProcessTimes.CpuMicroseconds(pid)));
    }

    [Fact]
    public async Task Serve_AddressInUse_SaysWhichAndWhy()
    {
        await using var child = Child.Start("serve", "dotnet", [typeof(ServeCommand).Assembly.Location, "serve", "--kind", "floor", "--listen", "192.0.2.1:1"]);
        var failure = await Assert.ThrowsAsync<BenchException>(() => child.ReadLineAsync("ready ", TimeSpan.FromSeconds(30), Cancel));
        await child.WaitAsync(Cancel);
        Assert.Contains("192.0.2.1:1", failure.Message + child.Complaints, StringComparison.Ordinal);
        Assert.Equal(3, child.ExitCode);
    }
}
