using System.Globalization;
using Pusher.Bench.Servers;

namespace Pusher.Bench.Runs;

/// <summary>Does one part with one running server and gives its figures their names.</summary>
internal sealed class PartRun(BenchOptions options, LoadRunner load, RunningServer server)
{
    private static readonly TimeSpan SampleTime = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, double> _figures = [];

    public async Task<(IReadOnlyDictionary<string, double> Figures, IReadOnlyList<string> Problems)> RunAsync(Part part, int devices, CancellationToken cancel)
    {
        var brokerBefore = ProcessTimes.CpuMicroseconds(server.BrokerPid);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var sampling = server.HasStats && part.Kind == PartKind.Full ? SampleAsync(done.Token) : Task.FromResult(double.NaN);
        var result = await load.RunAsync(Arguments(part, devices), cancel).ConfigureAwait(false);
        await done.CancelAsync().ConfigureAwait(false);
        Name(part, result);
        Add($"{part.Prefix}allocated_bytes_per_message", await sampling.ConfigureAwait(false));
        if (server.BrokerPid != 0 && part.Kind is PartKind.Full or PartKind.Paced)
        {
            Add($"{part.Prefix}{(part.Kind == PartKind.Paced ? "paced_" : "")}broker_cpu_us_per_message", (ProcessTimes.CpuMicroseconds(server.BrokerPid) - brokerBefore) / result["published"]);
        }

        return (_figures, result.Problems);
    }

    private IEnumerable<string> Arguments(Part part, int devices)
    {
        string[] keys = server.HasKeys ? ["--keys", load.KeysFile] : [];
        string[] common = [.. server.LoadArguments, .. keys, "--server-pid", Text(server.Pid), "--devices", Text(devices)];
        // The full load comes first and is what warms a server up.
        string[] traffic = ["--qos", Text(part.Qos), "--payload", Text(options.PayloadBytes), "--warmup", Text(part.Kind == PartKind.Full ? options.WarmupSeconds : 1), "--duration", Text(options.Seconds)];
        return part.Kind switch
        {
            PartKind.Idle => ["idle", .. common, "--duration", "1"],
            PartKind.Login => ["connect", .. common],
            PartKind.Full => ["unicast", .. common, .. traffic, "--window", Text(options.Window)],
            PartKind.Paced => ["unicast", .. common, .. traffic, "--rate", Text(options.Rate)],
            _ => ["fanout", .. common, .. traffic, "--window", "1"],
        };
    }

    private void Name(Part part, LoadResult result)
    {
        switch (part.Kind)
        {
            case PartKind.Idle:
                Add("idle_rss_bytes", result["rss_slope"]);
                Add("idle_rss_from_start_bytes", result["rss_per_device"]);
                break;
            case PartKind.Login:
                Add("login_cpu_us", result["login_cpu"]);
                Add("login_rate", result["login_rate"]);
                Add("logins_per_core", 1e6 / result["login_cpu"]);
                break;
            case PartKind.Full:
                Add($"{part.Prefix}cpu_us_per_message", result["server_cpu"]);
                Add($"{part.Prefix}message_rate", result["delivered_rate"]);
                break;
            case PartKind.Paced:
                Add($"{part.Prefix}paced_cpu_us_per_message", result["server_cpu"]);
                foreach (var percentile in new[] { "p50", "p90", "p99", "p999", "max" })
                {
                    Add($"{part.Prefix}paced_{percentile}_us", result[$"delivery_{percentile}"] * 1_000);
                }

                break;
            default:
                Add($"{part.Prefix}fanout_cpu_us_per_delivery", result["server_cpu"]);
                Add($"{part.Prefix}fanout_rate", result["delivered_rate"]);
                Add($"{part.Prefix}fanout_last_p50_us", result["fanout_last_p50"] * 1_000);
                break;
        }
    }

    private void Add(string name, double value)
    {
        if (double.IsFinite(value))
        {
            _figures[name] = value;
        }
    }

    // Bytes for each message between the first sample with a good share of the messages and the last: logins and warming up are before it.
    private async Task<double> SampleAsync(CancellationToken done)
    {
        var samples = new List<ServerStats>();
        try
        {
            while (true)
            {
                await Task.Delay(SampleTime, done).ConfigureAwait(false);
                samples.Add(await server.StatsAsync(done).ConfigureAwait(false));
            }
        }
        catch (OperationCanceledException)
        {
            return Garbage(samples);
        }
    }

    internal static double Garbage(IReadOnlyList<ServerStats> samples)
    {
        if (samples.Count == 0)
        {
            return double.NaN;
        }

        var (atStart, atEnd) = (samples[0].Counts.Pushed, samples[^1].Counts.Pushed);
        var from = samples.First(s => s.Counts.Pushed >= atStart + ((atEnd - atStart) * 0.4));
        var to = samples.First(s => s.Counts.Pushed == atEnd);
        var messages = to.Counts.Pushed - from.Counts.Pushed;
        return messages > 0 ? (to.AllocatedBytes - from.AllocatedBytes) / (double)messages : double.NaN;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
