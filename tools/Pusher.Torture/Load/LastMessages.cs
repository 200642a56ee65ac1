using Pusher.Core.Identity;
using Pusher.Local;
using Pusher.Local.Checking;
using Pusher.Local.Load;
using Pusher.Torture.Faults;

namespace Pusher.Torture.Load;

/// <summary>
/// One message for each device over HTTP while NATS is down. A node that has stored it cannot ring at another, and no later message will: without the
/// sweeper it would stay where it is for as long as its device stays connected.
/// </summary>
internal sealed class LastMessages(LocalCluster cluster, IReadOnlyList<DeviceKey> devices, DeliveryChecker checker, FaultInjector injector)
{
    private const int Rate = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>What went wrong, or null.</summary>
    public async Task<string?> RunAsync(CancellationToken stop)
    {
        try
        {
            await injector.WithoutNatsAsync(() => PublishAsync(stop)).ConfigureAwait(false);
            return null;
        }
        catch (LocalStartException e)
        {
            return e.Message;
        }
    }

    private async Task<string> PublishAsync(CancellationToken stop)
    {
        var backends = cluster.Nodes.Select((node, number) => For(node, number)).ToArray();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(Patience); // a node that takes nothing must not hold the run
        await Task.WhenAll(backends.Select(backend => backend.RunAsync(end.Token))).ConfigureAwait(false);
        await Until.TrueAsync(() => backends.All(backend => backend.Outstanding == 0), Patience, stop).ConfigureAwait(false);
        var settled = backends.Sum(backend => backend.Settled);
        await Task.WhenAll(backends.Select(backend => backend.DisposeAsync().AsTask())).ConfigureAwait(false);
        return $"{settled} last messages accepted over HTTP meanwhile";
    }

    private SimulatedPublisher For(LocalNode node, int number)
    {
        var own = devices.Where((_, index) => index % cluster.Nodes.Count == number).ToArray();
        return new SimulatedPublisher(
            new SimulatedPublisherOptions { Name = $"last{number + 1}", NatsUrl = "", HttpAddress = new Uri($"http://{node.Http}"), Rate = Rate, Count = own.Length },
            own,
            checker);
    }
}
