using Pusher.Transport;

namespace Pusher.Tests.Transport.Support;

/// <summary>How the contract tests get the transport that they are about.</summary>
public interface ITransportFactory
{
    ITransport Create(TransportOptions options, Func<int, IReactorHandler> handlers);

    /// <summary>Segments of buffer memory that connections hold now, over all reactors.</summary>
    int SegmentsInUse(ITransport transport);
}
