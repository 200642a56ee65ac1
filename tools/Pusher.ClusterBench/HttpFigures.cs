using System.Globalization;
using System.Text.Json;
using Pusher.Local;

namespace Pusher.ClusterBench;

/// <summary>What nodes and nats-server say over HTTP.</summary>
internal static class HttpFigures
{
    private static readonly HttpClient Http = new();

    /// <summary>Messages that nats-server took from its clients.</summary>
    public static async Task<long> NatsMessagesAsync(LocalNats nats)
    {
        using var varz = JsonDocument.Parse(await Http.GetStringAsync(new Uri($"http://127.0.0.1:{nats.MonitorPort}/varz")).ConfigureAwait(false));
        return varz.RootElement.GetProperty("in_msgs").GetInt64();
    }

    /// <summary>The number that a node has from its lease; it stands in each message id that the node gave.</summary>
    public static async Task<int> NumberAsync(LocalNode node)
    {
        using var list = JsonDocument.Parse(await Http.GetStringAsync(new Uri($"http://{node.Http}/v1/nodes")).ConfigureAwait(false));
        return list.RootElement.GetProperty("nodes").EnumerateArray().Single(n => n.GetProperty("asked").GetBoolean()).GetProperty("number").GetInt32();
    }

    /// <summary>The sum of a counter over the nodes, whatever its labels.</summary>
    /// <param name="nodes">Whom to ask.</param>
    /// <param name="counter">Its name as in /metrics, without the suffixes of the format.</param>
    public static async Task<double> SumAsync(IEnumerable<LocalNode> nodes, string counter)
    {
        var sum = 0.0;
        foreach (var node in nodes)
        {
            var metrics = await Http.GetStringAsync(new Uri($"http://{node.Http}/metrics")).ConfigureAwait(false);
            sum += metrics.Split('\n').Where(line => line.StartsWith(counter, StringComparison.Ordinal)).Sum(ValueOf);
        }

        return sum;
    }

    // name{labels} value [time]
    private static double ValueOf(string line)
    {
        var rest = line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return double.Parse(line.Contains('}', StringComparison.Ordinal) ? rest[0] : rest[1], CultureInfo.InvariantCulture);
    }
}
