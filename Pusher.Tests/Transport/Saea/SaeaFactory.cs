using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Tests.Transport.Support;
using Pusher.Transport;
using Pusher.Transport.Saea;

namespace Pusher.Tests.Transport.Saea;

public sealed class SaeaFactory : ITransportFactory
{
    public ITransport Create(TransportOptions options, Func<int, IReactorHandler> handlers) =>
        new SaeaTransport(options, handlers, NullLogger<SaeaTransport>.Instance);

    public int SegmentsInUse(ITransport transport) => ((SaeaTransport)transport).Loops.Sum(loop => loop.Pool.SegmentsOut);
}
