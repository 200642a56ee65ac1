using BenchmarkDotNet.Attributes;
using Pusher.Bench.Suites.Parts;
using Pusher.Core.Identity;
using Pusher.Router.Dispatch;

namespace Pusher.Bench.Suites;

/// <summary>The way of a durable message through a whole node: ingress in this process, store, answer, ring, socket, acknowledgement, store.</summary>
[MemoryDiagnoser]
public class NodeSuite
{
    private const int Devices = 32;
    private const int MessagesPerDevice = 4;
    private const int Group = Devices * MessagesPerDevice;

    private readonly byte[] _payload = new byte[128];
    private readonly CountdownEvent _answers = new(Group);
    private readonly LoopbackDevice[] _devices = new LoopbackDevice[Devices];
    private readonly DeviceKey[] _keys = new DeviceKey[Devices];
    private PublishPool<CountedPublish> _pool = null!;
    private LoopbackNode _node = null!;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _pool = new PublishPool<CountedPublish>(pool => new CountedPublish(pool, _answers));
        _node = await LoopbackNode.StartAsync(Devices).ConfigureAwait(false);
        for (var i = 0; i < Devices; i++)
        {
            _devices[i] = _node.Login(i, window: 16);
            _keys[i] = LoopbackNode.Device(i);
        }
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        foreach (var device in _devices)
        {
            device.Dispose();
        }

        await _node.DisposeAsync().ConfigureAwait(false);
        _answers.Dispose();
    }

    /// <summary>A few messages to each device, each stored, answered, pushed and acknowledged.</summary>
    [Benchmark(OperationsPerInvoke = Group)]
    public void PublishToAcknowledgement()
    {
        _answers.Reset();
        for (var i = 0; i < Group; i++)
        {
            var publish = _pool.Rent();
            publish.Device = _keys[i % Devices];
            publish.CopyPayload(_payload);
            _node.Node.Parts.Dispatcher.Publish(publish);
        }

        _answers.Wait();
        foreach (var device in _devices)
        {
            device.TakePushes(MessagesPerDevice);
            device.Acknowledge();
        }

        foreach (var device in _devices)
        {
            device.Echo();
        }
    }
}
