using System.Globalization;
using Pusher.Client.Devices;
using Pusher.ClusterBench.Figures;
using Pusher.Core.Identity;
using Pusher.Local;
using Pusher.Local.Checking;
using Pusher.Local.Load;

namespace Pusher.ClusterBench;

/// <summary>What every part needs: a cluster, devices on it, figures out of it.</summary>
internal sealed class BenchPart(BenchOptions options, string directory, FigureBook book, BenchClock clock)
{
    public const string Tenant = "load";
    private static readonly TimeSpan ConnectTime = TimeSpan.FromMinutes(2);

    public BenchOptions Options => options;

    public string Directory => directory;

    public BenchClock Clock => clock;

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

    /// <summary>A value of this round.</summary>
    public void Figure(string name, double value, string unit, Aim? aim = null, Fold fold = Fold.Median) => book.Add(name, value, unit, aim, fold);

    /// <summary>How many messages went wrong in one way, all rounds together.</summary>
    public void Fault(string part, string what, double count) => Figure($"{part}_{what}", count, "messages", Aim.None, Fold.Sum);

    /// <summary>False, with the findings on standard error, when something was lost, doubled or disordered.</summary>
    public bool Judge(string part, DeliveryReport report)
    {
        Fault(part, "lost", report.Lost);
        Fault(part, "dup_handed", report.DupHanded);
        Fault(part, "out_of_order", report.OutOfOrder);
        Fault(part, "wrong_device", report.WrongDevice);
        foreach (var finding in report.Findings)
        {
            Console.Error.WriteLine($"{part}: {finding}");
        }

        Console.Error.WriteLine($"{part}: {report}");
        return report.IsClean && report.Accepted > 0;
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"load-{number:D5}");
}
