using System.Diagnostics;
using Pusher.Cli.Load.Checking;
using Pusher.Cli.Load.Engine;
using Pusher.Cli.Load.Publishing;
using Pusher.Cli.Load.Report;

namespace Pusher.Cli.Load;

/// <summary>One load run from the first connection to the report.</summary>
/// <remarks>Threading: one asynchronous flow; it looks at running engines and publishers through their counters.</remarks>
internal sealed class LoadRun : IAsyncDisposable
{
    private readonly LoadOptions _options;
    private readonly MessageLedger _ledger;
    private readonly DeviceFleet _fleet;
    private readonly PublishLink[] _publishers;
    private readonly PublishEngine? _publishing;
    private readonly LoadWatch _watch;
    private readonly LoadReport _report = new();
    private readonly CancellationToken _cancel;
    private long _measuredFrom;

    public LoadRun(LoadOptions options, IReadOnlyList<LoadIdentity> devices, CancellationToken cancel)
    {
        _options = options;
        _cancel = cancel;
        var run = (ulong)Random.Shared.NextInt64();
        _ledger = new MessageLedger(run, options.Publishers)
        {
            Fanout = options.Mode == LoadMode.Fanout ? new FanoutLedger(run, options.Publishers, devices.Count) : null,
        };
        _publishers = options.IsPublishing ? PublishLinks.Create(options, devices, _ledger) : [];
        _publishing = options.IsPublishing ? new PublishEngine(options, _publishers, devices.Count, _ledger) : null;
        _fleet = new DeviceFleet(options, devices, _ledger, _publishing);
        if (_publishing is not null)
        {
            _publishing.Live = () => _fleet.Live;
        }

        _watch = new LoadWatch(options, _fleet, _publishers, _ledger, _report, cancel);
    }

    /// <summary>Runs, prints the table, and returns the exit code.</summary>
    public async Task<int> RunAsync()
    {
        if (_watch.IsServerGone)
        {
            throw new CliException(ExitCode.Usage, $"--server-pid {_options.ServerPid}: there is no such process, or it is not ours to look at.");
        }

        if (_publishing is not null)
        {
            await _publishing.ConnectAsync(_cancel).ConfigureAwait(false);
        }

        await new ConnectStage(_options, _fleet, _watch, _report).RunAsync().ConfigureAwait(false);
        if (!_watch.IsOver)
        {
            await (_options.Mode switch
            {
                LoadMode.Unicast or LoadMode.Fanout => PublishAsync(),
                LoadMode.Churn => ChurnAsync(),
                LoadMode.Idle => HoldAsync(),
                _ => Task.CompletedTask,
            }).ConfigureAwait(false);
        }

        _watch.EndLine();
        return await FinishAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _publishing?.Stop();
        await _fleet.DisposeAsync().ConfigureAwait(false);
        _watch.Dispose();
    }

    private async Task PublishAsync()
    {
        _publishing!.Start();

        await _watch.WaitAsync(_options.Warmup, "warming up").ConfigureAwait(false);
        var before = await _watch.SnapshotAsync().ConfigureAwait(false);
        Measure(Stopwatch.GetTimestamp(), long.MaxValue);
        await _watch.WaitAsync(_options.Duration, "measuring").ConfigureAwait(false);
        Measure(null, Stopwatch.GetTimestamp());
        var after = await _watch.SnapshotAsync().ConfigureAwait(false);
        _publishing.Stop();

        new LoadRates(_report, _options).Add(before, after, _watch.IsOver);
        await DrainAsync().ConfigureAwait(false);
    }

    private async Task ChurnAsync()
    {
        _fleet.Churn(_options.Rate);
        await _watch.WaitAsync(_options.Warmup, "warming up").ConfigureAwait(false);
        var before = await _watch.SnapshotAsync().ConfigureAwait(false);
        await _watch.WaitAsync(_options.Duration, "churning").ConfigureAwait(false);
        var after = await _watch.SnapshotAsync().ConfigureAwait(false);
        _fleet.Churn(0);
        new LoadRates(_report, _options).AddChurn(before, after, _watch.IsOver);
    }

    private async Task HoldAsync()
    {
        var before = await _watch.SnapshotAsync().ConfigureAwait(false);
        await _watch.WaitAsync(_options.Duration, "holding").ConfigureAwait(false);
        var after = await _watch.SnapshotAsync().ConfigureAwait(false);
        _report.Add("idle_cpu", (after.Cpu - before.Cpu)?.TotalSeconds / Stopwatch.GetElapsedTime(before.At, after.At).TotalSeconds * 100, "% of one processor");
    }

    private async Task DrainAsync()
    {
        var start = Stopwatch.GetTimestamp();
        var (handed, handedAt) = (_ledger.Handed, start);
        while (!IsDrained() && !_watch.IsOver && Stopwatch.GetElapsedTime(start) < _options.Drain)
        {
            if (_ledger.Handed != handed)
            {
                (handed, handedAt) = (_ledger.Handed, Stopwatch.GetTimestamp());
            }

            if (_options.Qos == 0 && Stopwatch.GetElapsedTime(handedAt) > _options.Quiet)
            {
                break; // nobody sends them again
            }

            await _watch.PollAsync(() => $"draining: {_publishers.Sum(p => p.Outstanding)} without an answer, {_publishers.Sum(p => p.Accepted) - _ledger.Arrived} not delivered").ConfigureAwait(false);
        }
    }

    // The count first, for it costs nothing.
    private bool IsDrained()
        => _publishers.All(p => p.Outstanding == 0) && _ledger.Arrived >= _publishers.Sum(p => p.Accepted) && (_ledger.Fanout is not null || _ledger.Close().Lost == 0);

    private async Task<int> FinishAsync()
    {
        var isServerGone = _watch.IsServerGone;
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
}
