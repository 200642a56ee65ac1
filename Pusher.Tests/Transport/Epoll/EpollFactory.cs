using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Tests.Transport.Support;
using Pusher.Transport;
using Pusher.Transport.Epoll;

namespace Pusher.Tests.Transport.Epoll;

public sealed class EpollFactory : ITransportFactory
{
    public ITransport Create(TransportOptions options, Func<int, IReactorHandler> handlers) =>
        new EpollTransport(options, handlers, NullLogger<EpollTransport>.Instance);

    public int SegmentsInUse(ITransport transport) => ((EpollTransport)transport).Loops.Sum(loop => loop.Pool.SegmentsOut);
}
