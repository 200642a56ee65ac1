using System.Diagnostics;
using Pusher.Client.Devices;
using Pusher.Core.Identity;
using Pusher.Local;
using Pusher.Local.Checking;
using Pusher.Local.Load;

namespace Pusher.Cluster;

/// <summary>All devices connected, one publisher, and a node that is killed in the middle.</summary>
internal static class ClusterCheck
{
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(LocalCluster cluster, ClusterOptions options, CancellationToken stop)
    {
        var checker = new DeliveryChecker();
        var keys = cluster.Options.Devices.Select(device => new DeviceKey(cluster.Options.Tenant, device)).ToArray();
        var devices = keys.Select(key => new SimulatedDevice(key, cluster.Keys.Of(key), cluster.Addresses, checker)).ToArray();
        var publisher = new SimulatedPublisher(new SimulatedPublisherOptions { Name = "check", NatsUrl = cluster.Nats.Url, Rate = options.Rate }, keys, checker);
        try
        {
            await ConnectAsync(devices, stop).ConfigureAwait(false);
            await LoadAsync(cluster, publisher, options, stop).ConfigureAwait(false);
            await Until.TrueAsync(() => publisher.Outstanding == 0 && checker.Outstanding == 0, DrainTime, stop).ConfigureAwait(false);
        }
        finally
        {
            await publisher.DisposeAsync().ConfigureAwait(false);
            await Task.WhenAll(devices.Select(device => device.DisposeAsync().AsTask())).ConfigureAwait(false);
        }

        return Judge(cluster, publisher, checker.Report());
    }

    private static async Task ConnectAsync(SimulatedDevice[] devices, CancellationToken stop)
    {
        foreach (var device in devices)
        {
            device.Start();
        }

        if (!await Until.TrueAsync(() => devices.All(device => device.State == ClientSessionState.Online), ConnectTime, stop).ConfigureAwait(false))
        {
            throw new LocalStartException($"{devices.Count(device => device.State != ClientSessionState.Online)} of {devices.Length} devices did not come online in {ConnectTime.TotalSeconds} s");
        }

        Console.Error.WriteLine($"{devices.Length} devices online: {string.Join(", ", devices.GroupBy(device => device.Node).OrderBy(group => group.Key).Select(group => $"{group.Count()} on {group.Key}"))}");
    }

    private static async Task LoadAsync(LocalCluster cluster, SimulatedPublisher publisher, ClusterOptions options, CancellationToken stop)
    {
        using var publishing = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var load = publisher.RunAsync(publishing.Token);
        var half = TimeSpan.FromSeconds(options.CheckSeconds / 2.0);
        await Task.Delay(half, stop).ConfigureAwait(false);
        var victim = cluster.Nodes[^1];
        Console.Error.WriteLine($"killing {victim.Name} (SIGKILL, pid {victim.ProcessId}) with {publisher.Settled} messages accepted, and starting it again");
        var restarted = Stopwatch.GetTimestamp();
        await victim.KillAsync().ConfigureAwait(false);
        await victim.StartAsync().ConfigureAwait(false);
        var rest = half - Stopwatch.GetElapsedTime(restarted);
        await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, stop).ConfigureAwait(false);
        await publishing.CancelAsync().ConfigureAwait(false);
        await load.ConfigureAwait(false);
    }

    private static int Judge(LocalCluster cluster, SimulatedPublisher publisher, DeliveryReport report)
    {
        Console.Out.WriteLine($"check: {report}");
        if (report.IsClean && report.Accepted > 0 && publisher.Problem is null)
        {
            return ToolRun.Good;
        }

        Console.Error.WriteLine(publisher.Problem ?? (report.Accepted == 0 ? "nothing was accepted" : string.Join('\n', report.Findings)));
        foreach (var node in cluster.Nodes)
        {
            Console.Error.WriteLine($"--- {node.Name}{Environment.NewLine}{node.Tail}");
        }

        return ToolRun.Failed;
    }
}
