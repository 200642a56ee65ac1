using Pusher.Core.Identity;
using Pusher.Local;
using Pusher.Local.Checking;
using Pusher.Local.Load;

namespace Pusher.Torture.Load;

/// <summary>All publishers of a run.</summary>
internal sealed class Backends : IAsyncDisposable
{
    private readonly SimulatedPublisher[] _publishers;

    public Backends(LocalCluster cluster, int publishers, int rate, IReadOnlyList<DeviceKey> devices, DeliveryChecker checker)
        => _publishers = [.. Enumerable.Range(0, publishers).Select(number => new SimulatedPublisher(
            new SimulatedPublisherOptions
            {
                Name = $"p{number + 1}",
                NatsUrl = cluster.Nats.Url,
                Rate = (double)rate / publishers,
                FirstDevice = (int)((long)devices.Count * number / publishers),
            },
            devices,
            checker))];

    /// <summary>Messages accepted.</summary>
    public long Settled => _publishers.Sum(publisher => publisher.Settled);

    /// <summary>Attempts answered by an error.</summary>
    public long Refused => _publishers.Sum(publisher => publisher.Refused);

    /// <summary>Attempts without a certain answer.</summary>
    public long Unknown => _publishers.Sum(publisher => publisher.Unknown);

    /// <summary>Messages that wait for a certain answer.</summary>
    public int Outstanding => _publishers.Sum(publisher => publisher.Outstanding);

    /// <summary>An error that no repetition can mend; null = none.</summary>
    public string? Problem => _publishers.Select(publisher => publisher.Problem).FirstOrDefault(problem => problem is not null);

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(_publishers.Select(publisher => publisher.RunAsync(stop)));

    public Task GiveUpAsync() => Task.WhenAll(_publishers.Select(publisher => publisher.GiveUpAsync()));

    public async ValueTask DisposeAsync()
        => await Task.WhenAll(_publishers.Select(publisher => publisher.DisposeAsync().AsTask())).ConfigureAwait(false);
}
