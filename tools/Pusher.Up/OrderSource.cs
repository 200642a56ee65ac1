using System.Text;
using Pusher.Client.Publishing;

namespace Pusher.Up;

/// <summary>Publishes orders at a steady rate, to one device after the other, each with its own id, and asks again until the answer is certain.</summary>
internal sealed class OrderSource : IAsyncDisposable
{
    private readonly IPublisher _publisher;
    private readonly IReadOnlyList<string> _devices;
    private readonly OrderLog _log;
    private readonly TimeSpan _interval;
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];

    public OrderSource(DemoCluster cluster, IReadOnlyList<string> devices, OrderLog log, int ratePerSecond)
    {
        _devices = devices;
        _log = log;
        _interval = TimeSpan.FromSeconds(1.0 / ratePerSecond);
        var retry = new PublishRetryOptions { Attempts = 1000, TotalTime = TimeSpan.FromSeconds(60), AttemptTime = TimeSpan.FromSeconds(2) };
        _publisher = cluster.NatsUrl is { } url
            ? new Publisher(new PublisherOptions { NatsUrl = url, Retry = retry })
            : new HttpPublisher(new HttpPublisherOptions { BaseAddress = new Uri($"http://{cluster.HttpEndPoint}"), Retry = retry });
    }

    /// <summary>What the publisher was told last when it was not OK; empty when all is well.</summary>
    public string Trouble { get; private set; } = "";

    public async Task RunAsync(CancellationToken stop)
    {
        using var tick = new PeriodicTimer(_interval);
        var numbers = new int[_devices.Count];
        for (var i = 0; await WaitAsync(tick, stop).ConfigureAwait(false); i = (i + 1) % _devices.Count)
        {
            await PublishAsync(_devices[i], ++numbers[i]).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => _publisher.DisposeAsync();

    private async Task PublishAsync(string device, int number)
    {
        _log.Published();
        var result = await _publisher.PublishAsync(
            DemoCluster.Tenant,
            device,
            Encoding.UTF8.GetBytes(DemoOrder.Text(number)),
            new PublishOptions { PublisherId = $"{_run}-{device}-{number}" },
            CancellationToken.None).ConfigureAwait(false);
        if (result.Accepted)
        {
            _log.Accepted(device, number);
        }

        Trouble = result.Accepted ? "" : $"order {number} for {device}: {result.Status} {result.Error}";
    }

    private static async ValueTask<bool> WaitAsync(PeriodicTimer tick, CancellationToken stop)
    {
        try
        {
            return await tick.WaitForNextTickAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
