using System.Globalization;
using Pusher.Client.Devices;
using Pusher.Core.Identity;
using Pusher.Local;
using Pusher.Local.Checking;
using Pusher.Local.Load;

namespace Pusher.ClusterBench;

/// <summary>What every part needs: a cluster, devices on it, figures out of it.</summary>
internal sealed class BenchPart(BenchOptions options, string directory)
{
    public const string Tenant = "load";
    private static readonly TimeSpan ConnectTime = TimeSpan.FromMinutes(2);

    public BenchOptions Options => options;

    public string Directory => directory;

    public Task<LocalCluster> StartAsync(int nodes, int devices, int nodesAtFirst = int.MaxValue)
        => LocalCluster.StartAsync(
            new LocalClusterOptions
            {
                ServerAssembly = options.ServerAssembly,
                Directory = directory,
                Nodes = nodes,
                Tenant = Tenant,
                Devices = [.. Enumerable.Range(0, devices).Select(NameOf)],
            },
            nodesAtFirst);

    /// <summary>Connects them all, and waits until they are.</summary>
    public static async Task<SimulatedDevice[]> ConnectAsync(LocalCluster cluster, IReadOnlyList<string> addresses, DeliveryChecker checker, CancellationToken stop)
    {
        var devices = Identities(cluster).Select(key => new SimulatedDevice(key, cluster.Keys.Of(key), addresses, checker)).ToArray();
        foreach (var device in devices)
        {
            device.Start();
        }

        return await Until.TrueAsync(() => devices.All(IsOnline), ConnectTime, stop).ConfigureAwait(false)
            ? devices
            : throw new LocalStartException($"{devices.Count(device => !IsOnline(device))} of {devices.Length} devices did not come online");
    }

    public static bool IsOnline(SimulatedDevice device) => device.State == ClientSessionState.Online;

    public static IReadOnlyList<DeviceKey> Identities(LocalCluster cluster) => [.. cluster.Options.Devices.Select(device => new DeviceKey(Tenant, device))];

    public static Task CloseAsync(IEnumerable<SimulatedDevice> devices) => Task.WhenAll(devices.Select(device => device.DisposeAsync().AsTask()));

    /// <summary>One line of the result.</summary>
    public static void Figure(string name, double value, string unit)
        => Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bench cluster.{name} {Math.Round(value, value < 10 ? 3 : 1)} {unit}"));

    /// <summary>False, with the findings on standard error, when something was lost, doubled or disordered.</summary>
    public static bool Judge(string part, DeliveryReport report)
    {
        Figure($"{part}_lost", report.Lost, "messages accepted and not handed over");
        foreach (var finding in report.Findings)
        {
            Console.Error.WriteLine($"{part}: {finding}");
        }

        Console.Error.WriteLine($"{part}: {report}");
        return report.IsClean && report.Accepted > 0;
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"load-{number:D5}");
}
