using Pusher.Local;

namespace Pusher.Cluster;

/// <summary>Starts the cluster, and waits or checks.</summary>
internal static class ClusterProgram
{
    public static Task<int> RunAsync(string[] arguments)
        => ToolRun.RunAsync("cluster", ClusterOptions.Usage, arguments, stop => RunAsync(ClusterOptions.Parse(arguments), stop));

    private static async Task<int> RunAsync(ClusterOptions options, CancellationToken stop)
    {
        using var directory = new RunDirectory("pusher-cluster-", options.Keep);
        Console.Error.WriteLine($"starting redis-server, nats-server and {options.Nodes} nodes");
        var cluster = await LocalCluster.StartAsync(new LocalClusterOptions
        {
            ServerAssembly = options.ServerAssembly,
            Directory = directory.Path,
            Nodes = options.Nodes,
            Devices = [.. Enumerable.Range(1, options.Devices).Select(number => $"printer-{number}")],
            NodeArguments = options.NodeArguments,
        }).ConfigureAwait(false);
        await using (cluster.ConfigureAwait(false))
        {
            Print(cluster);
            if (options.CheckSeconds > 0)
            {
                return await ClusterCheck.RunAsync(cluster, options, stop).ConfigureAwait(false);
            }

            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Console.Error.WriteLine("stopping");
            return ToolRun.Good;
        }
    }

    private static void Print(LocalCluster cluster)
    {
        var keys = Path.Combine(cluster.Options.Directory, "keys");
        cluster.Keys.WriteKeyFiles(keys);
        Console.Out.WriteLine($"redis    {cluster.Redis.Address}");
        Console.Out.WriteLine($"nats     {cluster.Nats.Url}");
        foreach (var node in cluster.Nodes)
        {
            Console.Out.WriteLine($"{node.Name,-8} devices {node.Listen}  http http://{node.Http}  pid {node.ProcessId}");
        }

        var device = cluster.Options.Devices[0];
        Console.Out.WriteLine($"""

            Connect a device to one node, and publish through any:
              tools/pusher device --server {cluster.Nodes[0].Listen} --tenant {cluster.Options.Tenant} --device {device} --key-file {keys}/{device}.key
              tools/pusher publish {cluster.Options.Tenant}/{device} --nats {cluster.Nats.Url} --data 'to node {cluster.Nodes.Count}, by node 1'
            Ctrl-C stops everything that was started.
            """);
    }
}
