using System.Diagnostics;
using System.Globalization;
using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Engine;
using Pusher.Cli.Load.Publishing;
using Pusher.Cli.Load.Report;

namespace Pusher.Cli.Load;

/// <summary>Looks at a run while it runs: the server, the devices, the line of progress, and whether it is over early.</summary>
/// <remarks>Threading: one asynchronous flow; it looks at running engines through their counters.</remarks>
internal sealed class LoadWatch(LoadOptions options, DeviceFleet fleet, PublishLink[] publishers, MessageLedger ledger, LoadReport report, CancellationToken cancel) : IDisposable
{
    /// <summary>Without any progress for so long, connecting is given up; without any connected device, the run is.</summary>
    public static readonly TimeSpan StallTime = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(20);

    private readonly ProcessUsage? _server = options.ServerPid == 0 ? null : new ProcessUsage(options.ServerPid);
    private readonly ServerMetrics? _metrics = options.MetricsUrl is null ? null : new ServerMetrics(options.MetricsUrl);
    private readonly LoadProgress _progress = new();

    /// <summary>True when the run is to end before its time.</summary>
    public bool IsOver { get; private set; }

    /// <summary>True when there is no process of the pid that was given.</summary>
    public bool IsServerGone => _server is { CpuTime: null };

    /// <summary>Resident memory of the server; null = not known.</summary>
    public long? ServerResidentBytes => _server?.ResidentBytes;

    public void Dispose() => _metrics?.Dispose();

    /// <summary>Ends the run before its time.</summary>
    public void End(string problem)
    {
        IsOver = true;
        report.AddProblem(problem);
    }

    /// <summary>Ends the line of progress.</summary>
    public void EndLine() => _progress.End();

    /// <summary>Waits under load; ends early when the run is over, or the server is gone.</summary>
    /// <param name="time">For how long.</param>
    /// <param name="what">For people.</param>
    public async Task WaitAsync(TimeSpan time, string what)
    {
        var start = Stopwatch.GetTimestamp();
        var lastLive = start;
        var (handedBefore, handedAt) = (ledger.Handed, start);
        while (!IsOver && Stopwatch.GetElapsedTime(start) < time)
        {
            lastLive = fleet.Live > 0 ? Stopwatch.GetTimestamp() : lastLive;
            if (Stopwatch.GetElapsedTime(lastLive) > StallTime || IsServerGone)
            {
                End($"The run ended after {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s of {what}: {(IsServerGone ? "the server process is gone" : $"no device is connected ({fleet.Problem})")}. The figures are of the time until then.");
            }

            await PollAsync(() =>
            {
                var rate = (ledger.Handed - handedBefore) / Stopwatch.GetElapsedTime(handedAt).TotalSeconds;
                (handedBefore, handedAt) = (ledger.Handed, Stopwatch.GetTimestamp());
                return string.Create(CultureInfo.InvariantCulture, $"{what}: {Stopwatch.GetElapsedTime(start).TotalSeconds:0} of {time.TotalSeconds:0} s, {fleet.Live} connected, {publishers.Sum(p => p.Accepted)} accepted, {ledger.Handed} delivered, {rate:0}/s");
            }).ConfigureAwait(false);
        }
    }

    /// <summary>Waits a moment, shows the line when it is time for one, and sees whether the run is over.</summary>
    public async Task PollAsync(Func<string> line)
    {
        _progress.Show(line);
        await Task.Delay(PollTime, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        IsOver |= cancel.IsCancellationRequested;
        if (fleet.Death is { } death && !IsOver)
        {
            End($"The load generator itself failed, which is a defect of it: {death}");
        }
    }

    /// <summary>What the server has used and the run has done by now.</summary>
    public async Task<ServerSnapshot> SnapshotAsync()
    {
        var metrics = _metrics is null
            ? new Dictionary<string, double>()
            : await _metrics.ReadAsync(ServerMetrics.AllocatedBytes, ServerMetrics.PauseSeconds, ServerMetrics.Acks).ConfigureAwait(false);
        return new ServerSnapshot(
            Stopwatch.GetTimestamp(),
            _server?.CpuTime,
            _server?.ResidentBytes,
            metrics,
            publishers.Sum(p => p.Published),
            publishers.Sum(p => p.Accepted),
            ledger.Handed,
            fleet.Logins,
            Environment.CpuUsage.TotalTime);
    }
}
