using System.Diagnostics;
using Pusher.Cli.Load.Engine;
using Pusher.Cli.Load.Report;

namespace Pusher.Cli.Load;

/// <summary>The first stage of a run: all devices log in, and what they cost the server is measured.</summary>
internal sealed class ConnectStage(LoadOptions options, DeviceFleet fleet, LoadWatch watch, LoadReport report)
{
    /// <summary>Connects all: a tenth first, for what the first logins cost the server once (code, pools) is not what a device costs.</summary>
    public async Task RunAsync()
    {
        var atStart = await watch.SnapshotAsync().ConfigureAwait(false);
        var first = await ConnectAsync(Math.Max(1, options.Devices / 10)).ConfigureAwait(false);
        var isIdle = options.Mode == LoadMode.Idle && options.ServerPid != 0;
        var residentFirst = isIdle && !watch.IsOver ? await SettleAsync().ConfigureAwait(false) : null;
        var before = await watch.SnapshotAsync().ConfigureAwait(false);
        await ConnectAsync(options.Devices).ConfigureAwait(false);
        var after = await watch.SnapshotAsync().ConfigureAwait(false);
        var logins = after.Logins - before.Logins;
        report.Add("devices", fleet.Live, "connected");
        if (logins > 0)
        {
            report.Add("login_rate", logins / Stopwatch.GetElapsedTime(before.At, after.At).TotalSeconds, "logins/s");
            report.Add("login_cpu", (after.Cpu - before.Cpu)?.TotalMicroseconds / logins, "us/login of the server");
        }

        if (isIdle && !watch.IsOver)
        {
            var resident = await SettleAsync().ConfigureAwait(false);
            report.Add("rss_start", atStart.ResidentBytes / 1024.0, "KiB");
            report.Add("rss_all", resident / 1024.0, "KiB");
            report.Add("rss_per_device", (resident - atStart.ResidentBytes) / (double)options.Devices, "B, from the start");
            report.Add("rss_slope", (resident - residentFirst) / (double)(options.Devices - first), "B, from the first tenth to all");
        }
    }

    private async Task<int> ConnectAsync(int count)
    {
        var wanted = fleet.Connect(count);
        var (progressAt, logins) = (Stopwatch.GetTimestamp(), fleet.Logins);
        while (!watch.IsOver && fleet.Live < wanted)
        {
            if (fleet.Logins != logins)
            {
                (progressAt, logins) = (Stopwatch.GetTimestamp(), fleet.Logins);
            }

            CheckConnecting(wanted, Stopwatch.GetElapsedTime(progressAt));
            await watch.PollAsync(() => $"connecting: {fleet.Live} of {options.Devices}").ConfigureAwait(false);
        }

        return wanted;
    }

    private void CheckConnecting(int wanted, TimeSpan stalled)
    {
        if (fleet.Logins == 0 && fleet.ConnectFailures > 0)
        {
            throw new CliException(ExitCode.Unreachable, $"No device could connect: {fleet.Problem}.");
        }

        if (fleet.Refusals > 0)
        {
            watch.End($"{fleet.Refusals} devices were refused, so the run ends: {fleet.Problem}. Is this the key file that belongs to the server's credentials?");
        }
        else if (stalled > LoadWatch.StallTime)
        {
            watch.End($"Only {fleet.Live} of {wanted} devices logged in, and none for {LoadWatch.StallTime.TotalSeconds:0} s: {fleet.Problem ?? "the server does not answer"}.");
        }
    }

    // Until three readings a second apart are within a half percent of each other.
    private async Task<long?> SettleAsync()
    {
        long? before = null;
        for (int calm = 0, tries = 0; calm < 3 && tries < 30 && !watch.IsOver; tries++)
        {
            var now = watch.ServerResidentBytes;
            calm = Math.Abs((now ?? 0) - (before ?? 0)) < (now ?? 0) / 200 ? calm + 1 : 0;
            before = now;
            var start = Stopwatch.GetTimestamp();
            while (!watch.IsOver && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1))
            {
                await watch.PollAsync(() => $"waiting for the server's memory to settle: {now / 1024} KiB").ConfigureAwait(false);
            }
        }

        return before;
    }
}
