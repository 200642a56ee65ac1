using System.Text;
using Pusher.Client.Devices;
using Pusher.Core.Protocol;

namespace Pusher.Up;

/// <summary>One simulated device: the real client library, with a handler that takes a moment.</summary>
/// <remarks>Threading: the counters are written by the client's thread and read by the screen.</remarks>
internal sealed class DemoDevice : IAsyncDisposable
{
    private readonly DemoCluster _cluster;
    private readonly OrderLog _log;
    private readonly DeliveryResult _result;
    private DeviceClient _client;
    private int _handled;
    private int _logins;

    public DemoDevice(DemoCluster cluster, OrderLog log, string name, DeliveryResult result)
    {
        _cluster = cluster;
        _log = log;
        _result = result;
        Name = name;
        _client = Connect();
    }

    public string Name { get; }

    public int Handled => Volatile.Read(ref _handled);

    public int Logins => Volatile.Read(ref _logins);

    public string Last { get; private set; } = "";

    public string State => _client.State == ClientSessionState.LoggingIn ? "logging in" : _client.State.ToString().ToLowerInvariant();

    /// <summary>Goes away without a word, as a device that lost its power, and comes back after <paramref name="pause"/>.</summary>
    public async Task DropAsync(TimeSpan pause, CancellationToken stop)
    {
        await _client.DisposeAsync().ConfigureAwait(false);
        await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client = Connect();
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private DeviceClient Connect()
    {
        var client = new DeviceClient(
            new DeviceClientOptions
            {
                Servers = [_cluster.DeviceEndPoint.ToString()],
                Tenant = DemoCluster.Tenant,
                Device = Name,
                Key = _cluster.KeyOf(Name),
                RingFile = _cluster.RingFileOf(Name),
                ReconnectMaxMs = 2_000, // the node is next door and comes back in a second
            },
            HandleAsync);
        client.StateChanged += change =>
        {
            if (change.State == ClientSessionState.Online)
            {
                Interlocked.Increment(ref _logins);
            }
        };
        client.Start();
        return client;
    }

    private ValueTask<HandlingResult> HandleAsync(DeviceMessage message, CancellationToken cancellationToken)
    {
        var order = Encoding.UTF8.GetString(message.Payload.Span);
        _log.Handed(Name, DemoOrder.NumberIn(order));
        Last = order;
        Interlocked.Increment(ref _handled);
        return ValueTask.FromResult(new HandlingResult(_result));
    }
}
