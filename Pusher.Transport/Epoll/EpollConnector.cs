using Microsoft.Extensions.Logging;
using Pusher.Transport.Connections;

namespace Pusher.Transport.Epoll;

/// <summary>
/// The loops of <see cref="EpollTransport"/> without a listener, for programs that open many connections. Its handlers connect through
/// <see cref="IReactorClient"/>. Of the options, those about listening and <see cref="TransportOptions.ConnectionsMax"/> mean nothing here.
/// </summary>
/// <remarks>Threading: any thread; not to be disposed from a reactor's thread, which would wait for itself.</remarks>
public sealed class EpollConnector : IAsyncDisposable
{
    private readonly EpollLoops _loops;

    /// <param name="options">Checked here: throws <see cref="ArgumentException"/> that names the first bad one.</param>
    /// <param name="handlers">Makes the handler of each reactor, by its index.</param>
    /// <param name="logger">Where to log.</param>
    /// <exception cref="PlatformNotSupportedException">This is not Linux.</exception>
    public EpollConnector(TransportOptions options, Func<int, IReactorClientHandler> handlers, ILogger<EpollConnector> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _loops = new EpollLoops(options, handlers, new ConnectionLimit(0), static () => { }, logger);
    }

    /// <summary>Completes when a loop died (faulted, with its reason) or all loops ended after disposal.</summary>
    public Task Completion => _loops.Completion;

    /// <summary>What it has done so far.</summary>
    public TransportCounters Counters => _loops.Counters;

    internal IReadOnlyList<EpollLoop> Loops => _loops.All;

    /// <summary>Starts the loops.</summary>
    public void Start() => _loops.Start(static () => { });

    /// <summary>Closes all connections and ends the loops.</summary>
    public ValueTask DisposeAsync() => _loops.DisposeAsync();
}
