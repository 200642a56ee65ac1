using System.Net;

namespace Pusher.Transport;

/// <summary>
/// A listener and its reactors. Made with <see cref="TransportOptions"/> and a factory of handlers, one per reactor.
/// One contract test class runs against every implementation.
/// </summary>
public interface ITransport : IAsyncDisposable
{
    /// <summary>Where it listens; with port 0 in the options, the port that was given.</summary>
    IPEndPoint LocalEndPoint { get; }

    /// <summary>What it has done so far.</summary>
    TransportCounters Counters { get; }

    /// <summary>Binds and starts the loops. Throws <see cref="TransportBindException"/> when the address cannot be bound.</summary>
    void Start();

    /// <summary>Stops accepting; connections live on.</summary>
    void StopAccepting();

    /// <summary>Completes when a loop died (faulted, with its reason) or all loops ended after disposal.</summary>
    Task Completion { get; }
}
