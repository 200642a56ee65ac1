using Pusher.Client.Devices;
using Pusher.Core.Identity;
using Pusher.Local;
using Pusher.Local.Checking;
using Pusher.Local.Load;

namespace Pusher.Torture.Load;

/// <summary>Two clients with one identity on two nodes. At rest one of them is online and the other was told to stay away.</summary>
internal sealed class FlappingPair : IAsyncDisposable
{
    private readonly SimulatedDevice[] _clients;

    public FlappingPair(LocalCluster cluster, DeviceKey identity, int number, DeliveryChecker checker)
    {
        Name = identity.Device;
        var addresses = cluster.Addresses;
        _clients = [.. Enumerable.Range(0, 2).Select(client => new SimulatedDevice(
            identity, cluster.Keys.Of(identity), Rotated(addresses, number + client), checker, client))];
        _clients[0].Start();
    }

    public string Name { get; }

    public IReadOnlyList<SimulatedDevice> Clients => _clients;

    /// <summary>Clients that believe that they own the device.</summary>
    public int Owners => _clients.Count(client => client.State == ClientSessionState.Online);

    /// <summary>Whoever was thrown out comes back, for so long.</summary>
    public async Task<string> FlapAsync(TimeSpan time, CancellationToken stop)
    {
        var before = _clients.Sum(client => client.Logins);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(time);
        while (!end.IsCancellationRequested)
        {
            foreach (var client in _clients)
            {
                client.Start(); // without effect on one that is connected or waits
            }

            await Task.Delay(Random.Shared.Next(50, 300), end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return $"{_clients.Sum(client => client.Logins) - before} logins";
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static string[] Rotated(IReadOnlyList<string> addresses, int by)
        => [.. Enumerable.Range(0, addresses.Count).Select(i => addresses[(i + by) % addresses.Count])];
}
