using System.Text.Json;

namespace Pusher.Bench.Runs;

/// <summary>Runs the load generator as a process of its own and reads its JSON.</summary>
internal sealed class LoadRunner(BenchOptions options, string directory)
{
    private int _runs;

    public string KeysFile => Path.Combine(directory, "keys");

    public string CredentialsFile => Path.Combine(directory, "credentials");

    /// <summary>Makes the devices of the whole bench.</summary>
    public async Task MakeKeysAsync(int devices, CancellationToken cancel)
    {
        await using var child = Start(["keys", "--devices", $"{devices}", "--out-keys", KeysFile, "--out-credentials", CredentialsFile]);
        await child.WaitAsync(cancel).ConfigureAwait(false);
        if (child.ExitCode != 0)
        {
            throw new BenchException($"pusher load keys ended with exit code {child.ExitCode}: {child.Complaints}");
        }
    }

    /// <summary>One run. A bad one has problems; one that wrote no figures at all is a <see cref="BenchException"/>.</summary>
    public async Task<LoadResult> RunAsync(IEnumerable<string> arguments, CancellationToken cancel)
    {
        var json = Path.Combine(directory, $"load-{++_runs}.json");
        await using var child = Start([.. arguments, "--json", json]);
        await child.WaitAsync(cancel).ConfigureAwait(false);
        if (!File.Exists(json))
        {
            throw new BenchException($"pusher load ended with exit code {child.ExitCode}: {child.Complaints}");
        }

        var result = Parse(await File.ReadAllTextAsync(json, cancel).ConfigureAwait(false));
        File.Delete(json);
        return result;
    }

    internal static LoadResult Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var figures = document.RootElement.GetProperty("figures").EnumerateObject().ToDictionary(f => f.Name, f => f.Value.GetDouble());
        return new LoadResult(figures, [.. document.RootElement.GetProperty("problems").EnumerateArray().Select(p => p.GetString()!)]);
    }

    private Child Start(IEnumerable<string> arguments) => Child.Start("pusher load", "dotnet", [options.PusherDll, "load", .. arguments]);
}
