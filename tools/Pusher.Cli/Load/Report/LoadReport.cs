using System.Globalization;
using System.Text.Json;

namespace Pusher.Cli.Load.Report;

/// <summary>The figures of a run, as a table for people and scripts (<c>name value unit</c>) and as JSON.</summary>
internal sealed class LoadReport
{
    private readonly List<(string Name, double Value, string Unit)> _figures = [];
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

    /// <summary>One object: the options that matter, each figure by its name, and the problems.</summary>
    public void WriteJson(string path, LoadOptions options)
    {
        using var file = File.Create(path);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("mode", options.Mode.ToString().ToLowerInvariant());
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
        json.WriteStartArray("problems");
        foreach (var problem in _problems)
        {
            json.WriteStringValue(problem);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Format(double value) => value.ToString(Math.Abs(value) < 1_000 && value != Math.Floor(value) ? "0.####" : "0", CultureInfo.InvariantCulture);
}
