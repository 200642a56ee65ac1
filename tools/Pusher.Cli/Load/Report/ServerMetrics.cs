using System.Globalization;

namespace Pusher.Cli.Load.Report;

/// <summary>Reads single figures of a server's <c>/metrics</c> (Prometheus text format).</summary>
internal sealed class ServerMetrics(Uri url) : IDisposable
{
    /// <summary>Bytes the runtime of the server has allocated since its start.</summary>
    public const string AllocatedBytes = "dotnet_gc_heap_total_allocated_bytes_total";

    /// <summary>Seconds for which the server's threads were stopped for collections.</summary>
    public const string PauseSeconds = "dotnet_gc_pause_time_seconds_total";

    /// <summary>Messages acknowledged by devices.</summary>
    public const string Acks = "pusher_acks_total";

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };

    public void Dispose() => _http.Dispose();

    /// <summary>The sum over all series of each name; a name that is not there is left out. Empty when the server does not answer.</summary>
    public async Task<IReadOnlyDictionary<string, double>> ReadAsync(params string[] names)
    {
        try
        {
            return Parse(await _http.GetStringAsync(url).ConfigureAwait(false), names);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return new Dictionary<string, double>(); // the figure is left out
        }
    }

    internal static Dictionary<string, double> Parse(string text, string[] names)
    {
        var found = new Dictionary<string, double>();
        foreach (var line in text.Split('\n'))
        {
            var end = line.AsSpan().IndexOfAny('{', ' ');
            if (end > 0 && names.Contains(line[..end]))
            {
                // name{labels} value [timestamp]
                var rest = line[(line.LastIndexOf('}') is var brace and >= 0 ? brace + 1 : end)..].Trim().Split(' ');
                found[line[..end]] = found.GetValueOrDefault(line[..end]) + double.Parse(rest[0], CultureInfo.InvariantCulture);
            }
        }

        return found;
    }
}
