using System.Net;

namespace Pusher.Bench.Servers.Floor;

/// <summary>
/// The floor: the least that a server of this protocol can do in C#, with none of the product's layers. Raw epoll loops, a login that
/// verifies nothing, a table from name to connection, one send per message, acknowledgements read and counted. Linux, IPv4.
/// </summary>
/// <remarks>Each loop has its own listening socket on the one port (SO_REUSEPORT); publishers connect to that port too. One loop is the honest baseline.</remarks>
internal sealed class FloorServer : IBenchServer
{
    private readonly FloorDevices _devices;
    private readonly FloorLoop[] _loops;

    /// <exception cref="IOException">The address cannot be bound; the message says why.</exception>
    public FloorServer(IPEndPoint endPoint, int loops)
    {
        var connections = new FloorConnection[FloorNative.DescriptorsMax()];
        _devices = new FloorDevices(connections);
        _loops = new FloorLoop[loops];
        for (var i = 0; i < loops; i++)
        {
            var listener = FloorNative.Listen(endPoint);
            endPoint = new IPEndPoint(endPoint.Address, FloorNative.PortOf(listener));
            _loops[i] = new FloorLoop(listener, _devices, connections);
        }

        Listen = endPoint;
        foreach (var loop in _loops)
        {
            loop.Start();
        }

        Completion = Task.WhenAny(_loops.Select(loop => loop.Ended)).Unwrap();
    }

    public IPEndPoint Listen { get; }

    public IPEndPoint Raw => Listen;

    public Task Completion { get; }

    public ServerCounts Counts => new(_devices.Logins, _devices.Published, _devices.Pushed, _loops.Sum(loop => loop.Acked), _devices.Undeliverable);

    public async ValueTask DisposeAsync()
    {
        foreach (var loop in _loops)
        {
            loop.Stop();
        }

        await Task.WhenAll(_loops.Select(loop => loop.Ended)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _devices.CloseAll();
    }
}
