using System.Collections.Concurrent;
using System.Text.Json;

namespace Pusher.Tests.Simulation;

/// <summary>The command <c>simulate</c>: many seeds on all cores, each by itself on one thread.</summary>
public sealed class SimulateCommand
{
    private const int TraceLinesMax = 4_000;
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(5);

    private readonly SimulateOptions _options;
    private readonly TextWriter _output;
    private readonly TextWriter _progress;
    private readonly ConcurrentDictionary<ulong, SimResult> _failed = new();
    private long _done;
    private long _accepted;
    private long _events;
    private long _virtualMs;
    private long _halts;
    private long _lastProgress = Environment.TickCount64;

    private SimulateCommand(SimulateOptions options, TextWriter output, TextWriter progress)
    {
        _options = options;
        _output = output;
        _progress = progress;
    }

    /// <summary>Exit code: 0 without failures, 1 with, 2 for wrong usage.</summary>
    public static int Run(ReadOnlySpan<string> args, TextWriter output, TextWriter progress)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            output.WriteLine(SimulateOptions.Usage);
            return 0;
        }

        if (SimulateOptions.Parse(args, out var error) is not { } options)
        {
            progress.WriteLine($"simulate: {error}");
            progress.WriteLine(SimulateOptions.Usage);
            return 2;
        }

        return new SimulateCommand(options, output, progress).Run();
    }

    private int Run()
    {
        Parallel.For(0, _options.Seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, RunOne);
        var failed = _failed.Values.OrderBy(r => r.Seed).ToList();
        if (_options.Json)
        {
            WriteJson(failed);
        }
        else
        {
            Write(failed);
        }

        return failed.Count == 0 ? 0 : 1;
    }

    private void RunOne(int index)
    {
        var result = Simulation.Run(_options.First + (ulong)index, _options.Breakage, _options.Verbose);
        if (!result.IsGreen)
        {
            _failed[result.Seed] = result;
        }

        Interlocked.Add(ref _accepted, result.Report.Accepted);
        Interlocked.Add(ref _events, result.Events);
        Interlocked.Add(ref _virtualMs, result.VirtualMs);
        Interlocked.Add(ref _halts, result.Halts);
        var done = Interlocked.Increment(ref _done);
        if (_options.Verbose && !_options.Json)
        {
            lock (_output)
            {
                WriteOne(result);
            }
        }

        var last = Volatile.Read(ref _lastProgress);
        var now = Environment.TickCount64;
        if (now - last > ProgressEvery.TotalMilliseconds && Interlocked.CompareExchange(ref _lastProgress, now, last) == last)
        {
            _progress.WriteLine($"simulate: {done} of {_options.Seeds} seeds, {_failed.Count} failed, {Interlocked.Read(ref _accepted)} messages accepted");
        }
    }

    private void Write(List<SimResult> failed)
    {
        if (failed.Count > 0 && !_options.Verbose)
        {
            WriteOne(Simulation.Run(failed[0].Seed, _options.Breakage, keepText: true));
            _output.WriteLine($"failing seeds: {string.Join(' ', failed.Take(20).Select(r => r.Seed))}{(failed.Count > 20 ? " ..." : "")}");
            _output.WriteLine($"again: tools/simulate --seed {failed[0].Seed}{(_options.BreakageName is { } name ? $" --break {name}" : "")} --verbose");
        }

        _output.WriteLine($"accepted={_accepted} events={_events} virtual_hours={_virtualMs / 3_600_000.0:F1} halted_by_takeover={_halts}");
        _output.WriteLine($"simulate: seeds={_options.Seeds} failures={failed.Count}");
    }

    private void WriteOne(SimResult result)
    {
        foreach (var line in result.Trace.Take(TraceLinesMax))
        {
            _output.WriteLine(line);
        }

        if (result.Trace.Count > TraceLinesMax)
        {
            _output.WriteLine($"... {result.Trace.Count - TraceLinesMax} more lines");
        }

        foreach (var finding in result.Report.Findings.Concat(result.Violations))
        {
            _output.WriteLine($"  {finding}");
        }

        _output.WriteLine($"seed {result.Seed} {(result.IsGreen ? "ok" : "FAILED")} trace={result.TraceHash:x16} violations={result.Violations.Count}");
        _output.WriteLine($"check: {result.Report}");
    }

    private void WriteJson(List<SimResult> failed)
    {
        foreach (var result in failed)
        {
            _output.WriteLine(JsonSerializer.Serialize(new
            {
                seed = result.Seed,
                trace = $"{result.TraceHash:x16}",
                check = result.Report.ToString(),
                findings = result.Report.Findings,
                violations = result.Violations,
            }));
        }

        _output.WriteLine(JsonSerializer.Serialize(new { seeds = _options.Seeds, failures = failed.Count, accepted = _accepted, events = _events }));
    }
}
