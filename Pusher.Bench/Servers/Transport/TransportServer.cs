using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Transport;
using Pusher.Transport.Epoll;
using Pusher.Transport.Saea;

namespace Pusher.Bench.Servers.Transport;

/// <summary>The product's transport without sessions: its reactors do the floor's work.</summary>
internal sealed class TransportServer : IBenchServer
{
    private readonly ITransport _transport;
    private readonly BareReactor[] _reactors;

    /// <exception cref="TransportBindException">The address cannot be bound.</exception>
    public TransportServer(ServeOptions options)
    {
        var devices = new BareDevices();
        _reactors = new BareReactor[options.Loops];
        for (var i = 0; i < _reactors.Length; i++)
        {
            _reactors[i] = new BareReactor(devices, _reactors);
        }

        var transport = new TransportOptions { EndPoint = options.Listen, Reactors = options.Loops };
        _transport = options.Kind == ServerKind.Epoll
            ? new EpollTransport(transport, index => _reactors[index], NullLogger<EpollTransport>.Instance)
            : new SaeaTransport(transport, index => _reactors[index], NullLogger<SaeaTransport>.Instance);
        _transport.Start();
    }

    public IPEndPoint Listen => _transport.LocalEndPoint;

    public IPEndPoint Raw => Listen;

    public Task Completion => _transport.Completion;

    public ServerCounts Counts => _reactors.Aggregate(default(ServerCounts), (sum, reactor) => sum + reactor.Counts);

    public ValueTask DisposeAsync() => _transport.DisposeAsync();
}
