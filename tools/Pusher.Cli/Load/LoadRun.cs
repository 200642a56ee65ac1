using System.Diagnostics;
using System.Globalization;
using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Engine;
using Pusher.Cli.Load.Publishing;
using Pusher.Cli.Load.Report;

namespace Pusher.Cli.Load;

/// <summary>One load run from the first connection to the report.</summary>
/// <remarks>Threading: one asynchronous flow; it looks at running engines and publishers through their counters.</remarks>
internal sealed class LoadRun : IAsyncDisposable
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(20);

    /// <summary>Without any progress for so long, connecting is given up; without any connected device, the run is.</summary>
    private static readonly TimeSpan StallTime = TimeSpan.FromSeconds(15);

    /// <summary>With QoS 0, what did not arrive for so long does not arrive any more.</summary>
    private static readonly TimeSpan LastOnesTime = TimeSpan.FromSeconds(2);

    private readonly LoadOptions _options;
    private readonly MessageLedger _ledger;
    private readonly DeviceFleet _fleet;
    private readonly PublishLink[] _publishers;
    private readonly PublishEngine? _publishing;
    private readonly ProcessUsage? _server;
    private readonly ServerMetrics? _metrics;
    private readonly LoadProgress _progress = new();
    private readonly LoadReport _report = new();
    private readonly CancellationToken _cancel;
    private long _measuredFrom;
    private bool _isOver;

    public LoadRun(LoadOptions options, IReadOnlyList<LoadIdentity> devices, CancellationToken cancel)
    {
        _options = options;
        _cancel = cancel;
        var run = (ulong)Random.Shared.NextInt64();
        _ledger = new MessageLedger(run, options.Publishers)
        {
            Fanout = options.Mode == LoadMode.Fanout ? new FanoutLedger(run, options.Publishers, devices.Count) : null,
        };
        _server = options.ServerPid == 0 ? null : new ProcessUsage(options.ServerPid);
        _metrics = options.MetricsUrl is null ? null : new ServerMetrics(options.MetricsUrl);
        _publishers = options.IsPublishing ? PublishLinks.Create(options, devices, _ledger) : [];
        _publishing = options.IsPublishing ? new PublishEngine(options, _publishers, devices.Count, _ledger) : null;
        _fleet = new DeviceFleet(options, devices, _ledger, _publishing);
        if (_publishing is not null)
        {
            _publishing.Live = () => _fleet.Live;
        }
    }

    /// <summary>Runs, prints the table, and returns the exit code.</summary>
    public async Task<int> RunAsync()
    {
        if (_server is { CpuTime: null })
        {
            throw new CliException(ExitCode.Usage, $"--server-pid {_options.ServerPid}: there is no such process, or it is not ours to look at.");
        }

        if (_publishing is not null)
        {
            await _publishing.ConnectAsync(_cancel).ConfigureAwait(false);
        }

        await ConnectAllAsync().ConfigureAwait(false);
        if (!_isOver)
        {
            await (_options.Mode switch
            {
                LoadMode.Unicast or LoadMode.Fanout => PublishAsync(),
                LoadMode.Churn => ChurnAsync(),
                LoadMode.Idle => HoldAsync(),
                _ => Task.CompletedTask,
            }).ConfigureAwait(false);
        }

        _progress.End();
        return await FinishAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _publishing?.Stop();
        await _fleet.DisposeAsync().ConfigureAwait(false);
        _metrics?.Dispose();
    }

    // A tenth first: what the first logins cost the server once (code, pools) is not what a device costs.
    private async Task ConnectAllAsync()
    {
        var atStart = await SnapshotAsync().ConfigureAwait(false);
        var first = await ConnectAsync(Math.Max(1, _options.Devices / 10)).ConfigureAwait(false);
        var isIdle = _options.Mode == LoadMode.Idle && _server is not null;
        var residentFirst = isIdle && !_isOver ? await SettleAsync().ConfigureAwait(false) : null;
        var before = await SnapshotAsync().ConfigureAwait(false);
        await ConnectAsync(_options.Devices).ConfigureAwait(false);
        var after = await SnapshotAsync().ConfigureAwait(false);
        var logins = after.Logins - before.Logins;
        _report.Add("devices", _fleet.Live, "connected");
        if (logins > 0)
        {
            _report.Add("login_rate", logins / Stopwatch.GetElapsedTime(before.At, after.At).TotalSeconds, "logins/s");
            _report.Add("login_cpu", (after.Cpu - before.Cpu)?.TotalMicroseconds / logins, "us/login of the server");
        }

        if (isIdle && !_isOver)
        {
            var resident = await SettleAsync().ConfigureAwait(false);
            _report.Add("rss_start", atStart.ResidentBytes / 1024.0, "KiB");
            _report.Add("rss_all", resident / 1024.0, "KiB");
            _report.Add("rss_per_device", (resident - atStart.ResidentBytes) / (double)_options.Devices, "B, from the start");
            _report.Add("rss_slope", (resident - residentFirst) / (double)(_options.Devices - first), "B, from the first tenth to all");
        }
    }

    private async Task<int> ConnectAsync(int count)
    {
        var wanted = _fleet.Connect(count);
        var (progressAt, logins) = (Stopwatch.GetTimestamp(), _fleet.Logins);
        while (!_isOver && _fleet.Live < wanted)
        {
            if (_fleet.Logins != logins)
            {
                (progressAt, logins) = (Stopwatch.GetTimestamp(), _fleet.Logins);
            }

            CheckConnecting(wanted, Stopwatch.GetElapsedTime(progressAt));
            await PollAsync(() => $"connecting: {_fleet.Live} of {_options.Devices}").ConfigureAwait(false);
        }

        return wanted;
    }

    private void CheckConnecting(int wanted, TimeSpan stalled)
    {
        if (_fleet.Logins == 0 && _fleet.ConnectFailures > 0)
        {
            throw new CliException(ExitCode.Unreachable, $"No device could connect: {_fleet.Problem}.");
        }

        if (_fleet.Refusals > 0)
        {
            _isOver = true;
            _report.AddProblem($"{_fleet.Refusals} devices were refused, so the run ends: {_fleet.Problem}. Is this the key file that belongs to the server's credentials?");
        }
        else if (stalled > StallTime)
        {
            _isOver = true;
            _report.AddProblem($"Only {_fleet.Live} of {wanted} devices logged in, and none for {StallTime.TotalSeconds:0} s: {_fleet.Problem ?? "the server does not answer"}.");
        }
    }

    private async Task PublishAsync()
    {
        _publishing!.Start();

        await WaitAsync(_options.Warmup, "warming up").ConfigureAwait(false);
        var before = await SnapshotAsync().ConfigureAwait(false);
        Measure(Stopwatch.GetTimestamp(), long.MaxValue);
        await WaitAsync(_options.Duration, "measuring").ConfigureAwait(false);
        Measure(null, Stopwatch.GetTimestamp());
        var after = await SnapshotAsync().ConfigureAwait(false);
        _publishing.Stop();

        new LoadRates(_report, _options).Add(before, after, _isOver);
        await DrainAsync().ConfigureAwait(false);
    }

    private async Task ChurnAsync()
    {
        _fleet.Churn(_options.Rate);
        await WaitAsync(_options.Warmup, "warming up").ConfigureAwait(false);
        var before = await SnapshotAsync().ConfigureAwait(false);
        await WaitAsync(_options.Duration, "churning").ConfigureAwait(false);
        var after = await SnapshotAsync().ConfigureAwait(false);
        _fleet.Churn(0);
        new LoadRates(_report, _options).AddChurn(before, after, _isOver);
    }

    private async Task HoldAsync()
    {
        var before = await SnapshotAsync().ConfigureAwait(false);
        await WaitAsync(_options.Duration, "holding").ConfigureAwait(false);
        var after = await SnapshotAsync().ConfigureAwait(false);
        _report.Add("idle_cpu", (after.Cpu - before.Cpu)?.TotalSeconds / Stopwatch.GetElapsedTime(before.At, after.At).TotalSeconds * 100, "% of one processor");
    }

    private async Task DrainAsync()
    {
        var start = Stopwatch.GetTimestamp();
        var (handed, handedAt) = (_ledger.Handed, start);
        while (!IsDrained() && !_isOver && Stopwatch.GetElapsedTime(start) < _options.Drain)
        {
            if (_ledger.Handed != handed)
            {
                (handed, handedAt) = (_ledger.Handed, Stopwatch.GetTimestamp());
            }

            if (_options.Qos == 0 && Stopwatch.GetElapsedTime(handedAt) > LastOnesTime)
            {
                break; // nobody sends them again
            }

            await PollAsync(() => $"draining: {_publishers.Sum(p => p.Outstanding)} without an answer, {_publishers.Sum(p => p.Accepted) - _ledger.Arrived} not delivered").ConfigureAwait(false);
        }
    }

    // The count first, for it costs nothing.
    private bool IsDrained()
        => _publishers.All(p => p.Outstanding == 0) && _ledger.Arrived >= _publishers.Sum(p => p.Accepted) && (_ledger.Fanout is not null || _ledger.Close().Lost == 0);

    private async Task<int> FinishAsync()
    {
        var isServerGone = _server is { CpuTime: null };
        await DisposeAsync().ConfigureAwait(false);
        var verdict = _ledger.Close(IsExcused);
        verdict = _ledger.Fanout?.Close(verdict, _fleet.HasLeft) ?? verdict;
        new LoadSummary(_report, _fleet, _publishers, _options).Add(verdict);
        if (isServerGone)
        {
            _report.AddProblem($"The server process {_options.ServerPid} has ended.");
        }

        if (_cancel.IsCancellationRequested)
        {
            _report.AddProblem("Interrupted; the figures are of the time until then.");
        }

        _report.WriteTable(Console.Out);
        foreach (var problem in _report.Problems)
        {
            Console.Error.WriteLine($"pusher: {problem}");
        }

        if (_options.JsonFile is { } path)
        {
            _report.WriteJson(path, _options);
        }

        return _report.Problems.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    // Without a store nothing is kept for a device that is away, and without an answer nobody promised to.
    private bool IsExcused(int publisher, long counter)
        => !_publishers[publisher].HasAnswers && _fleet.HasLeft(MessageLedger.DeviceOf(counter, publisher, _publishers.Length, _options.Devices));

    private async Task WaitAsync(TimeSpan time, string what)
    {
        var start = Stopwatch.GetTimestamp();
        var lastLive = start;
        var (handedBefore, handedAt) = (_ledger.Handed, start);
        while (!_isOver && Stopwatch.GetElapsedTime(start) < time)
        {
            lastLive = _fleet.Live > 0 ? Stopwatch.GetTimestamp() : lastLive;
            if (Stopwatch.GetElapsedTime(lastLive) > StallTime || _server is { CpuTime: null })
            {
                _isOver = true;
                _report.AddProblem($"The run ended after {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s of {what}: {(_server is { CpuTime: null } ? "the server process is gone" : $"no device is connected ({_fleet.Problem})")}. The figures are of the time until then.");
            }

            await PollAsync(() =>
            {
                var rate = (_ledger.Handed - handedBefore) / Stopwatch.GetElapsedTime(handedAt).TotalSeconds;
                (handedBefore, handedAt) = (_ledger.Handed, Stopwatch.GetTimestamp());
                return string.Create(CultureInfo.InvariantCulture, $"{what}: {Stopwatch.GetElapsedTime(start).TotalSeconds:0} of {time.TotalSeconds:0} s, {_fleet.Live} connected, {_publishers.Sum(p => p.Accepted)} accepted, {_ledger.Handed} delivered, {rate:0}/s");
            }).ConfigureAwait(false);
        }
    }

    private async Task PollAsync(Func<string> line)
    {
        _progress.Show(line);
        await Task.Delay(PollTime, _cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _isOver |= _cancel.IsCancellationRequested;
    }

    // Until three readings a second apart are within a half percent of each other.
    private async Task<long?> SettleAsync()
    {
        long? before = null;
        for (int calm = 0, tries = 0; calm < 3 && tries < 30 && !_isOver; tries++)
        {
            var now = _server!.ResidentBytes;
            calm = Math.Abs((now ?? 0) - (before ?? 0)) < (now ?? 0) / 200 ? calm + 1 : 0;
            before = now;
            var start = Stopwatch.GetTimestamp();
            while (!_isOver && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1))
            {
                await PollAsync(() => $"waiting for the server's memory to settle: {now / 1024} KiB").ConfigureAwait(false);
            }
        }

        return before;
    }

    private void Measure(long? from, long to)
    {
        var since = from ?? _measuredFrom;
        _measuredFrom = since;
        _fleet.Measure(since, to);
        foreach (var publisher in _publishers)
        {
            publisher.MeasureTo = to;
            publisher.MeasureFrom = since;
        }
    }

    private async Task<ServerSnapshot> SnapshotAsync()
    {
        var metrics = _metrics is null
            ? new Dictionary<string, double>()
            : await _metrics.ReadAsync(ServerMetrics.AllocatedBytes, ServerMetrics.PauseSeconds, ServerMetrics.Acks).ConfigureAwait(false);
        return new ServerSnapshot(
            Stopwatch.GetTimestamp(),
            _server?.CpuTime,
            _server?.ResidentBytes,
            metrics,
            _publishers.Sum(p => p.Published),
            _publishers.Sum(p => p.Accepted),
            _ledger.Handed,
            _fleet.Logins,
            Environment.CpuUsage.TotalTime);
    }
}
