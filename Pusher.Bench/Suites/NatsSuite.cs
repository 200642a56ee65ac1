using BenchmarkDotNet.Attributes;
using Pusher.Bench.Suites.Parts;
using Pusher.Router.Dispatch;

namespace Pusher.Bench.Suites;

/// <summary>
/// The way of a durable message through a whole node that a backend publishes to over NATS, with a publisher id and an answer. Needs the URL of a
/// nats-server in <see cref="UrlVariable"/>.
/// </summary>
[MemoryDiagnoser]
public class NatsSuite
{
    public const string UrlVariable = "PUSHER_BENCH_NATS";

    private const int Devices = 32;
    private const int MessagesPerDevice = 4;

    private readonly LoopbackDevice[] _devices = new LoopbackDevice[Devices];
    private LoopbackNode _node = null!;
    private LoopbackBackend _backend = null!;

    /// <summary>The nats-server to use; null = the suite is left out.</summary>
    internal static string? Url => Environment.GetEnvironmentVariable(UrlVariable);

    [GlobalSetup]
    public async Task SetupAsync()
    {
        var url = Url ?? throw new InvalidOperationException($"{UrlVariable} names no nats-server.");
        _node = await LoopbackNode.StartAsync(Devices, url).ConfigureAwait(false);
        for (var i = 0; i < Devices; i++)
        {
            _devices[i] = _node.Login(i, window: 16);
        }

        _backend = new LoopbackBackend(
            new Uri(url),
            [.. Enumerable.Range(0, Devices * MessagesPerDevice).Select(i => PublishSubject.ForDevice(LoopbackNode.Device(i % Devices)))],
            payloadBytes: 128);
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        _backend.Dispose();
        foreach (var device in _devices)
        {
            device.Dispose();
        }

        await _node.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A few messages to each device, each stored, answered, pushed and acknowledged.</summary>
    [Benchmark(OperationsPerInvoke = Devices * MessagesPerDevice)]
    public void PublishToAcknowledgement() => Publish(static device => device.TakePushes(MessagesPerDevice));

    /// <summary>The same, and each is reported as printed, which goes out as a receipt.</summary>
    [Benchmark(OperationsPerInvoke = Devices * MessagesPerDevice)]
    public void PublishToReceipt() => Publish(static device => device.TakeAndPrint(MessagesPerDevice));

    private void Publish(Action<LoopbackDevice> take)
    {
        _backend.Publish();
        foreach (var device in _devices)
        {
            take(device);
            device.Acknowledge();
        }

        foreach (var device in _devices)
        {
            device.Echo();
        }
    }
}
