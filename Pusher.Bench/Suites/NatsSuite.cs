using BenchmarkDotNet.Attributes;
using Pusher.Bench.Suites.Parts;
using Pusher.Core.Identity;

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
    private const int PayloadBytes = 128;
    private const int BatchSize = 16;

    private readonly LoopbackDevice[] _devices = new LoopbackDevice[Devices];
    private LoopbackNode _node = null!;
    private LoopbackBackend _backend = null!;
    private LoopbackBackend _batches = null!;

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

        DeviceKey[] targets = [.. Enumerable.Range(0, Devices * MessagesPerDevice).Select(i => LoopbackNode.Device(i % Devices))];
        _backend = new LoopbackBackend(new Uri(url), BackendGroup.Singles(targets, PayloadBytes));
        _batches = new LoopbackBackend(new Uri(url), BackendGroup.Batches(targets, PayloadBytes, BatchSize));
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        _backend.Dispose();
        _batches.Dispose();
        foreach (var device in _devices)
        {
            device.Dispose();
        }

        await _node.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A few messages to each device, each stored, answered, pushed and acknowledged.</summary>
    [Benchmark(OperationsPerInvoke = Devices * MessagesPerDevice)]
    public void PublishToAcknowledgement() => Publish(_backend, static device => device.TakePushes(MessagesPerDevice));

    /// <summary>The same, and each is reported as printed, which goes out as a receipt.</summary>
    [Benchmark(OperationsPerInvoke = Devices * MessagesPerDevice)]
    public void PublishToReceipt() => Publish(_backend, static device => device.TakeAndPrint(MessagesPerDevice));

    /// <summary>As the first, published in batches of 16.</summary>
    [Benchmark(OperationsPerInvoke = Devices * MessagesPerDevice)]
    public void PublishBatchesToAcknowledgement() => Publish(_batches, static device => device.TakePushes(MessagesPerDevice));

    private void Publish(LoopbackBackend backend, Action<LoopbackDevice> take)
    {
        backend.Publish();
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
