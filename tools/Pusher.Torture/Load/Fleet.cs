using Pusher.Client.Devices;
using Pusher.Core.Identity;
using Pusher.Local;
using Pusher.Local.Checking;
using Pusher.Local.Load;

namespace Pusher.Torture.Load;

/// <summary>All devices of a run.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly SimulatedDevice[] _devices;

    /// <param name="cluster">Knows their keys.</param>
    /// <param name="devices">How many, those of the pairs not counted.</param>
    /// <param name="pairs">Identities that two clients have.</param>
    /// <param name="checker">Gets the log.</param>
    public Fleet(LocalCluster cluster, int devices, int pairs, DeliveryChecker checker)
    {
        var tenant = cluster.Options.Tenant;
        _devices = [.. Names(devices, 0).Select(name => new DeviceKey(tenant, name)).Select(key => new SimulatedDevice(key, cluster.Keys.Of(key), cluster.Addresses, checker))];
        Pairs = [.. Names(0, pairs).Select((name, number) => new FlappingPair(cluster, new DeviceKey(tenant, name), number, checker))];
        foreach (var device in _devices)
        {
            device.Start();
        }
    }

    public FlappingPair[] Pairs { get; }

    /// <summary>Whom publishers publish to.</summary>
    public IReadOnlyList<DeviceKey> Identities => [.. _devices.Select(device => device.Identity), .. Pairs.Select(pair => pair.Clients[0].Identity)];

    public int Count => _devices.Length + Pairs.Length;

    /// <summary>Identities of which a client is online.</summary>
    public int Online => _devices.Count(device => device.State == ClientSessionState.Online) + Pairs.Count(pair => pair.Owners > 0);

    /// <summary>Identities that two clients own at this moment.</summary>
    public IEnumerable<string> OwnedTwice => Pairs.Where(pair => pair.Owners > 1).Select(pair => pair.Name);

    public long Logins => _devices.Sum(device => (long)device.Logins) + Pairs.Sum(pair => pair.Clients.Sum(client => (long)client.Logins));

    /// <summary>Names of so many devices and pairs.</summary>
    public static IEnumerable<string> Names(int devices, int pairs)
        => Enumerable.Range(1, devices).Select(number => $"printer-{number}").Concat(Enumerable.Range(1, pairs).Select(number => $"twice-{number}"));

    /// <summary>Where those are that are not online, for a message.</summary>
    public string Describe()
        => string.Join(", ", _devices.Where(device => device.State != ClientSessionState.Online).Take(5).Select(device => $"{device.Identity} is {device.State}, last on {device.Node}"));

    public async ValueTask DisposeAsync()
        => await Task.WhenAll(_devices.Select(device => device.DisposeAsync().AsTask()).Concat(Pairs.Select(pair => pair.DisposeAsync().AsTask()))).ConfigureAwait(false);
}
