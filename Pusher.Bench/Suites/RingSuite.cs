using BenchmarkDotNet.Attributes;
using Pusher.Bench.Suites.Parts;

namespace Pusher.Bench.Suites;

/// <summary>From the doorbell to the socket: mail, reactor, session, transport, and a device that acknowledges. Nothing is stored.</summary>
[MemoryDiagnoser]
public class RingSuite
{
    private const int Group = 128;
    private const uint Stream = 7;

    private readonly GroupAppend _message = new(new CountdownEvent(1)) { Stream = Stream, Payload = new byte[128] };
    private LoopbackNode _node = null!;
    private LoopbackDevice _device = null!;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _node = await LoopbackNode.StartAsync(1).ConfigureAwait(false);
        _device = _node.Login(0, window: 256);
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        _device.Dispose();
        await _node.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>A group of messages to one device, each rung for by itself; the device acknowledges the last one.</summary>
    [Benchmark(OperationsPerInvoke = Group)]
    public void RingToSocket()
    {
        _message.Device = LoopbackNode.Device(0);
        for (var i = 0; i < Group; i++)
        {
            _message.MessageId = ++_message.Seq;
            _node.Node.Parts.Directory.Ring(_message);
        }

        _device.TakePushes(Group);
        _device.Acknowledge();
        _device.Echo(); // the window is free again
    }
}
