using System.Globalization;
using System.Text.Json;
using HdrHistogram;

namespace Pusher.Cli.Load.Report;

/// <summary>The figures of a run, as a table for people and scripts (<c>name value unit</c>) and as JSON.</summary>
internal sealed class LoadReport
{
    private const double NanosecondsPerMs = 1e6;
    private const double NanosecondsPerUs = 1e3;

    /// <summary>Steps of a distribution from one halving of the distance to 100 % to the next: fine enough to draw.</summary>
    private const int StepsPerHalving = 5;

    private readonly List<(string Name, double Value, string Unit)> _figures = [];
    private readonly List<(string Name, LongHistogram Histogram)> _distributions = [];
    private readonly List<string> _problems = [];

    /// <summary>What is wrong with the run, for people; empty = nothing.</summary>
    public IReadOnlyList<string> Problems => _problems;

    public void Add(string name, double value, string unit)
    {
        if (double.IsFinite(value))
        {
            _figures.Add((name, value, unit));
        }
    }

    /// <summary>Leaves a figure that is not known out.</summary>
    public void Add(string name, double? value, string unit)
    {
        if (value is { } known)
        {
            Add(name, known, unit);
        }
    }

    /// <summary>Percentiles as figures in milliseconds, and the whole distribution for the JSON. Nothing when there is nothing in it.</summary>
    /// <param name="name">What was timed.</param>
    /// <param name="histogram">In nanoseconds.</param>
    public void AddLatency(string name, LongHistogram histogram)
    {
        if (histogram.TotalCount == 0)
        {
            return;
        }

        _distributions.Add((name, histogram));
        foreach (var (suffix, percentile) in new[] { ("p50", 50.0), ("p90", 90), ("p99", 99), ("p999", 99.9), ("max", 100) })
        {
            Add($"{name}_{suffix}", histogram.GetValueAtPercentile(percentile) / NanosecondsPerMs, "ms");
        }
    }

    public void AddProblem(string problem)
    {
        if (!_problems.Contains(problem))
        {
            _problems.Add(problem);
        }
    }

    public void WriteTable(TextWriter output)
    {
        foreach (var (name, value, unit) in _figures)
        {
            output.WriteLine($"{name,-28} {Format(value),14} {unit}");
        }
    }

    /// <summary>
    /// One object: the options that matter, each figure by its name, its unit by its name, each distribution as a list of [percentile, microseconds], and the problems.
    /// </summary>
    public void WriteJson(string path, LoadOptions options)
    {
        using var file = File.Create(path);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("mode", options.Mode.ToString().ToLowerInvariant());
        json.WriteString("protocol", options.Protocol.ToString().ToLowerInvariant());
        json.WriteNumber("devices", options.Devices);
        json.WriteNumber("publishers", options.Publishers);
        json.WriteNumber("payload_bytes", options.PayloadBytes);
        json.WriteNumber("qos", options.Qos);
        json.WriteNumber("rate", options.Rate);
        json.WriteNumber("window", options.Window);
        json.WriteNumber("duration_s", options.Duration.TotalSeconds);
        json.WriteNumber("warmup_s", options.Warmup.TotalSeconds);
        json.WriteStartObject("figures");
        foreach (var (name, value, _) in _figures)
        {
            json.WriteNumber(name, value);
        }

        json.WriteEndObject();
        json.WriteStartObject("units");
        foreach (var (name, _, unit) in _figures)
        {
            json.WriteString(name, unit);
        }

        json.WriteEndObject();
        WriteDistributions(json);
        json.WriteStartArray("problems");
        foreach (var problem in _problems)
        {
            json.WriteStringValue(problem);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteDistributions(Utf8JsonWriter json)
    {
        json.WriteStartObject("distributions");
        foreach (var (name, histogram) in _distributions)
        {
            json.WriteStartArray(name);
            foreach (var step in histogram.Percentiles(StepsPerHalving))
            {
                json.WriteStartArray();
                json.WriteNumberValue(step.PercentileLevelIteratedTo);
                json.WriteNumberValue(step.ValueIteratedTo / NanosecondsPerUs);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static string Format(double value) => value.ToString(Math.Abs(value) < 1_000 && value != Math.Floor(value) ? "0.####" : "0", CultureInfo.InvariantCulture);
}
