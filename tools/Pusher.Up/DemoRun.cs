using Pusher.Core.Protocol;

namespace Pusher.Up;

/// <summary>The demo: servers, devices and orders, started together and stopped together.</summary>
internal sealed class DemoRun : IAsyncDisposable
{
    private const string Display = "kitchen-display";
    private static readonly string[] DeviceNames = ["receipt-printer", "kitchen-printer", Display];
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    private readonly UpOptions _options;
    private readonly CancellationToken _stop;
    private readonly CancellationTokenSource _publishing;
    private readonly OrderLog _log = new();
    private readonly Task _orders;
    private readonly Task _drops;

    private DemoRun(UpOptions options, DemoCluster cluster, CancellationToken stop)
    {
        _options = options;
        _stop = stop;
        _publishing = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Cluster = cluster;
        Devices = [.. DeviceNames.Select(name => new DemoDevice(cluster, _log, name, name == Display ? DeliveryResult.Displayed : DeliveryResult.Printed))];
        Source = new OrderSource(cluster, DeviceNames, _log, options.RatePerSecond);
        _orders = Source.RunAsync(_publishing.Token);
        _drops = DropNowAndThenAsync(_publishing.Token);
    }

    public DemoCluster Cluster { get; }

    public IReadOnlyList<DemoDevice> Devices { get; }

    public OrderSource Source { get; }

    public static async Task<DemoRun> StartAsync(UpOptions options, CancellationToken stop)
        => new(options, await DemoCluster.StartAsync(options, DeviceNames).ConfigureAwait(false), stop);

    public OrderCounts Count() => _log.Count();

    /// <summary>Runs for the time of the check, crashes the server in the middle, lets the devices take the rest, counts.</summary>
    public async Task<OrderCounts> CheckAsync()
    {
        var half = TimeSpan.FromSeconds(_options.CheckSeconds / 2.0);
        await Task.Delay(half, _stop).ConfigureAwait(false);
        var id = Cluster.ServerId;
        Console.Error.WriteLine($"killing the server (SIGKILL, pid {id}) with {_log.Count().Accepted} orders accepted, and starting it again");
        await Cluster.CrashServerAsync().ConfigureAwait(false);
        await Task.Delay(half, _stop).ConfigureAwait(false);
        await StopPublishingAsync().ConfigureAwait(false);
        var deadline = TimeProvider.System.GetTimestamp();
        while (_log.Count().Lost > 0 && TimeProvider.System.GetElapsedTime(deadline) < DrainTime)
        {
            await Task.Delay(50, _stop).ConfigureAwait(false);
        }

        foreach (var missing in _log.Missing())
        {
            Console.Error.WriteLine($"not handed over: {missing}");
        }

        foreach (var device in Devices)
        {
            Console.Error.WriteLine($"{device.Name}: {device.State}, {device.Logins} logins, {device.Handled} orders");
        }

        if (!_log.Count().IsClean)
        {
            Console.Error.WriteLine(Cluster.ServerLog);
        }

        return _log.Count();
    }

    public async ValueTask DisposeAsync()
    {
        await StopPublishingAsync().ConfigureAwait(false);
        foreach (var device in Devices)
        {
            await device.DisposeAsync().ConfigureAwait(false);
        }

        await Source.DisposeAsync().ConfigureAwait(false);
        await Cluster.DisposeAsync().ConfigureAwait(false);
        _publishing.Dispose();
    }

    private async Task StopPublishingAsync()
    {
        await _publishing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_orders, _drops).ConfigureAwait(false);
    }

    private async Task DropNowAndThenAsync(CancellationToken stop)
    {
        var display = Devices.Single(device => device.Name == Display);
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromSeconds(3 + (Random.Shared.NextDouble() * 4)), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await display.DropAsync(TimeSpan.FromSeconds(2), stop).ConfigureAwait(false);
        }
    }
}
