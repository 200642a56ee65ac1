namespace Pusher.Bench.Runs;

/// <summary>All rounds: in each every server once, the first one another every time, so that none always runs on a warm or a cold machine.</summary>
internal sealed class BenchRun(string bench, BenchOptions options, IReadOnlyList<Subject> subjects, string workDirectory)
{
    private readonly LoadRunner _load = new(options, workDirectory);
    private readonly List<RunRecord> _records = [];
    private int _starts;

    public IReadOnlyList<RunRecord> Records => _records;

    /// <summary>Runs them. What cannot be measured is said, recorded and left out; cancelling ends everything that was started.</summary>
    public async Task RunAsync(Subject? slope, CancellationToken cancel)
    {
        var devices = slope is null ? options.Devices : Math.Max(options.Devices, options.SlopeConnections.Max());
        await _load.MakeKeysAsync(devices, cancel).ConfigureAwait(false);
        var parts = (options.Rounds * subjects.Sum(s => s.Parts.Count)) + (slope is null ? 0 : options.SlopeConnections.Count);
        var progress = new Progress(parts);
        for (var round = 1; round <= options.Rounds; round++)
        {
            for (var i = 0; i < subjects.Count; i++)
            {
                await MeasureAsync(round, subjects[(i + round - 1) % subjects.Count], progress, cancel).ConfigureAwait(false);
            }
        }

        foreach (var connections in slope is null ? [] : options.SlopeConnections)
        {
            await MeasureSlopeAsync(slope!, connections, progress, cancel).ConfigureAwait(false);
        }
    }

    private async Task MeasureAsync(int round, Subject subject, Progress progress, CancellationToken cancel)
    {
        RunningServer server;
        try
        {
            server = await StartAsync(subject, cancel).ConfigureAwait(false);
        }
        catch (BenchException e)
        {
            Record(new RunRecord(bench, round, subject.Name, "start", new Dictionary<string, double>(), [e.Message]));
            return;
        }

        await using (server.ConfigureAwait(false))
        {
            foreach (var part in subject.Parts)
            {
                progress.Begin(round, subject.Name, part.Name);
                Record(await MeasureAsync(round, subject, server, part, options.Devices, cancel).ConfigureAwait(false));
            }
        }
    }

    private async Task MeasureSlopeAsync(Subject subject, int connections, Progress progress, CancellationToken cancel)
    {
        progress.Begin(0, subject.Name, $"idle with {connections} connections");
        await using var server = await StartAsync(subject, cancel).ConfigureAwait(false);
        var record = await MeasureAsync(0, subject, server, new Part(PartKind.Idle), connections, cancel).ConfigureAwait(false);
        var figures = record.Figures.ToDictionary(f => f.Key.Replace("_bytes", $"_bytes_at_{connections}", StringComparison.Ordinal), f => f.Value);
        Record(record with { Round = 1, Part = $"idle_{connections}", Figures = figures });
    }

    private Task<RunningServer> StartAsync(Subject subject, CancellationToken cancel)
    {
        var directory = Path.Combine(workDirectory, $"{++_starts}-{subject.Name}");
        Directory.CreateDirectory(directory);
        return subject.StartAsync(directory, _load.CredentialsFile, cancel);
    }

    private async Task<RunRecord> MeasureAsync(int round, Subject subject, RunningServer server, Part part, int devices, CancellationToken cancel)
    {
        try
        {
            var (figures, problems) = await new PartRun(options, _load, server).RunAsync(part, devices, cancel).ConfigureAwait(false);
            return new RunRecord(bench, round, subject.Name, part.Name, figures, problems);
        }
        catch (BenchException e)
        {
            return new RunRecord(bench, round, subject.Name, part.Name, new Dictionary<string, double>(), [e.Message]);
        }
    }

    private void Record(RunRecord record)
    {
        _records.Add(record);
        RunLog.Append(options.OutDirectory, record);
        foreach (var problem in record.Problems)
        {
            Progress.Problem(record.Subject, record.Part, problem);
        }
    }
}
