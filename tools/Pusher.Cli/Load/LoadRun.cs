using System.Diagnostics;
using System.Globalization;

namespace Pusher.Cli.Load;

/// <summary>One load run from the first connection to the report.</summary>
/// <remarks>Threading: one asynchronous flow; it looks at running engines and publishers through their counters.</remarks>
internal sealed class LoadRun : IAsyncDisposable
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(20);

    /// <summary>Without any progress for so long, connecting is given up; without any connected device, the run is.</summary>
    private static readonly TimeSpan StallTime = TimeSpan.FromSeconds(15);

    private readonly LoadOptions _options;
    private readonly MessageLedger _ledger;
    private readonly DeviceFleet _fleet;
    private readonly LoadPublisher[] _publishers;
    private readonly ProcessUsage? _server;
    private readonly ServerMetrics? _metrics;
    private readonly LoadProgress _progress = new();
    private readonly LoadReport _report = new();
    private readonly CancellationToken _cancel;
    private bool _isOver;

    public LoadRun(LoadOptions options, IReadOnlyList<LoadIdentity> devices, CancellationToken cancel)
    {
        _options = options;
        _cancel = cancel;
        _ledger = new MessageLedger((ulong)Random.Shared.NextInt64(), options.Publishers);
        _server = options.ServerPid == 0 ? null : new ProcessUsage(options.ServerPid);
        _metrics = options.MetricsUrl is null ? null : new ServerMetrics(options.MetricsUrl);
        _publishers = options.Mode == LoadMode.Unicast
            ? [.. Enumerable.Range(0, options.Publishers).Select(p => new LoadPublisher(p, options, devices, _ledger))]
            : [];
        _fleet = new DeviceFleet(options, devices, _ledger);
    }

    /// <summary>Runs, prints the table, and returns the exit code.</summary>
    public async Task<int> RunAsync()
    {
        if (_server is { CpuTime: null })
        {
            throw new CliException(ExitCode.Usage, $"--server-pid {_options.ServerPid}: there is no such process, or it is not ours to look at.");
        }

        foreach (var publisher in _publishers)
        {
            await publisher.ConnectAsync(_cancel).ConfigureAwait(false);
        }

        await ConnectAllAsync().ConfigureAwait(false);
        if (!_isOver)
        {
            await (_options.Mode switch
            {
                LoadMode.Unicast => PublishAsync(),
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
        await _fleet.DisposeAsync().ConfigureAwait(false);
        foreach (var publisher in _publishers)
        {
            await publisher.DisposeAsync().ConfigureAwait(false);
        }

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
        foreach (var publisher in _publishers)
        {
            publisher.Start();
        }

        await WaitAsync(_options.Warmup, "warming up").ConfigureAwait(false);
        var before = await SnapshotAsync().ConfigureAwait(false);
        Measure(Stopwatch.GetTimestamp(), long.MaxValue);
        await WaitAsync(_options.Duration, "measuring").ConfigureAwait(false);
        Measure(null, Stopwatch.GetTimestamp());
        var after = await SnapshotAsync().ConfigureAwait(false);
        foreach (var publisher in _publishers)
        {
            publisher.Stop();
        }

        AddRates(before, after);
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
        var logins = after.Logins - before.Logins;
        var seconds = Stopwatch.GetElapsedTime(before.At, after.At).TotalSeconds;
        _report.Add("churn_rate", logins / seconds, "logins/s");
        _report.Add("churn_cpu", (after.Cpu - before.Cpu)?.TotalMicroseconds / logins, "us/login of the server");
        CheckRate(logins, seconds, "logins");
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
        while (!IsDrained() && !_isOver && Stopwatch.GetElapsedTime(start) < _options.Drain)
        {
            await PollAsync(() => $"draining: {_publishers.Sum(p => p.Outstanding)} without an answer, {_publishers.Sum(p => p.Accepted) - _ledger.Handed} not delivered").ConfigureAwait(false);
        }
    }

    // The count first, for it costs nothing.
    private bool IsDrained() => _publishers.All(p => p.Outstanding == 0) && _ledger.Handed >= _publishers.Sum(p => p.Accepted) && _ledger.Close().Lost == 0;

    private void AddRates(ServerSnapshot before, ServerSnapshot after)
    {
        var seconds = Stopwatch.GetElapsedTime(before.At, after.At).TotalSeconds;
        var handed = after.Handed - before.Handed;
        _report.Add("published_rate", (after.Published - before.Published) / seconds, "msg/s");
        _report.Add("accepted_rate", (after.Accepted - before.Accepted) / seconds, "msg/s");
        _report.Add("delivered_rate", handed / seconds, "msg/s");
        _report.Add("acked_rate", Grown(before, after, ServerMetrics.Acks) / seconds, "msg/s, says the server");
        _report.Add("server_cpu", (after.Cpu - before.Cpu)?.TotalMicroseconds / handed, "us/msg");
        _report.Add("server_cpu_share", (after.Cpu - before.Cpu)?.TotalSeconds / seconds * 100, "% of one processor");
        _report.Add("server_rss", after.ResidentBytes / 1024.0, "KiB");
        _report.Add("server_allocated", Grown(before, after, ServerMetrics.AllocatedBytes) / handed, "B/msg, whole server");
        _report.Add("server_gc_pause", Grown(before, after, ServerMetrics.PauseSeconds) * 1_000 / seconds, "ms/s");
        if (_options.Rate > 0)
        {
            CheckRate(after.Published - before.Published, seconds, "messages");
        }
    }

    // A twentieth may be missing, and a few that were under way at either end.
    private void CheckRate(long reached, double seconds, string what)
    {
        const int UnderWay = 10;
        if (reached + UnderWay < 0.95 * _options.Rate * seconds && !_isOver)
        {
            _report.AddProblem(string.Create(
                CultureInfo.InvariantCulture,
                $"The rate asked for was not reached: {reached / seconds:0} of {_options.Rate:0} {what}/s. Latencies count from when a message was due, so they show the backlog and not the server; ask for less, or use more machines."));
        }
    }

    private static double? Grown(ServerSnapshot before, ServerSnapshot after, string metric)
        => after.Metrics.TryGetValue(metric, out var value) && before.Metrics.TryGetValue(metric, out var was) ? value - was : null;

    private async Task<int> FinishAsync()
    {
        var isServerGone = _server is { CpuTime: null };
        await DisposeAsync().ConfigureAwait(false);
        var verdict = _ledger.Close();
        AddLatencies(verdict);
        AddVerdict(verdict);
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

    private void AddLatencies(LoadVerdict verdict)
    {
        AddPercentiles("login", _fleet.Login);
        if (verdict.Published > 0)
        {
            var answers = new HdrHistogram.LongHistogram(EngineCounters.HighestMicroseconds, 3);
            foreach (var publisher in _publishers)
            {
                answers.Add(publisher.Answers);
            }

            AddPercentiles("answer", answers);
            AddPercentiles("delivery", _fleet.Delivery);
        }
    }

    private void AddPercentiles(string name, HdrHistogram.LongHistogram histogram)
    {
        if (histogram.TotalCount > 0)
        {
            foreach (var (suffix, percentile) in new[] { ("p50", 50.0), ("p99", 99), ("p999", 99.9), ("max", 100) })
            {
                _report.Add($"{name}_{suffix}", histogram.GetValueAtPercentile(percentile) / 1_000.0, "ms");
            }
        }
    }

    private void AddVerdict(LoadVerdict verdict)
    {
        _report.Add("disconnects", _fleet.Disconnects, "connections that ended by themselves");
        if (_publishers.Length == 0)
        {
            return;
        }

        _report.Add("published", verdict.Published, "msg");
        _report.Add("accepted", verdict.Accepted, "msg");
        _report.Add("refused", verdict.Refused, "msg");
        _report.Add("unknown", verdict.Unknown, "msg without an answer");
        _report.Add("handed", verdict.Handed, "msg");
        _report.Add("redelivered", _fleet.Redeliveries, "msg, not handed over again");
        _report.Add("gaps", _fleet.Gaps, "msg that came too early");
        _report.Add("skipped", _fleet.Skipped, "msg");
        _report.Add("resets", _fleet.Resets, "streams");
        _report.Add("foreign", verdict.Foreign, "msg of another run");
        _report.Add("lost", verdict.Lost, "msg");
        _report.Add("dup_handed", verdict.DuplicatesHanded, "msg");
        _report.Add("out_of_order", verdict.OutOfOrder, "msg");
        _report.Add("wrong_device", verdict.WrongDevice, "msg");
        _report.Add("unexpected", verdict.Unexpected, "msg");
        AddFindings(verdict);
    }

    private void AddFindings(LoadVerdict verdict)
    {
        if (verdict.Lost > 0)
        {
            _report.AddProblem($"{verdict.Lost} accepted messages were not delivered within {_options.Drain.TotalSeconds:0} s of the last publish.");
        }

        if (!(verdict with { Lost = 0 }).IsClean)
        {
            _report.AddProblem($"The delivery contract was broken: dup_handed={verdict.DuplicatesHanded} out_of_order={verdict.OutOfOrder} wrong_device={verdict.WrongDevice} unexpected={verdict.Unexpected}.");
        }

        if (verdict.Published > 0 && verdict.Accepted == 0)
        {
            _report.AddProblem("No message was accepted.");
        }

        if ((verdict.Refused > 0 || verdict.Accepted == 0) && _publishers.Select(p => p.Problem).FirstOrDefault(p => p is not null) is { } first)
        {
            _report.AddProblem($"{verdict.Refused} messages were refused; the first answer: {first}");
        }
    }

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

    private long _measuredFrom;

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
            _fleet.Logins);
    }
}
