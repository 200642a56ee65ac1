using System.Text.Json;

namespace Pusher.Bench.Runs;

/// <summary>runs.jsonl: what was measured, written at once, so that an interrupted run keeps what it has.</summary>
internal static class RunLog
{
    public const string FileName = "runs.jsonl";

    public static void Append(string directory, RunRecord record) => File.AppendAllText(Path.Combine(directory, FileName), JsonSerializer.Serialize(record) + "\n");

    /// <exception cref="BenchException">The file is not there or has another line in it.</exception>
    public static IReadOnlyList<RunRecord> Read(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            throw new BenchException($"{path} does not exist: is {directory} the --out of a run?");
        }

        try
        {
            return [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<RunRecord>(line)!)];
        }
        catch (JsonException e)
        {
            throw new BenchException($"{path} is not what this tool writes: {e.Message}");
        }
    }
}
