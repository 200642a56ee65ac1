using System.Net;
using Microsoft.Extensions.Logging;
using Pusher.Transport.Connections;
using Pusher.Transport.Listening;

namespace Pusher.Transport.Epoll;

/// <summary>The transport of Linux, on epoll(7) without the runtime's sockets. See docs/adr/0010-epoll-reactor.md.</summary>
/// <remarks>Threading: any thread; not to be disposed from a reactor's thread, which would wait for itself.</remarks>
public sealed class EpollTransport : ITransport
{
    private readonly TransportOptions _options;
    private readonly ILogger _logger;
    private readonly ConnectionLimit _limit;
    private readonly EpollLoops _loops;
    private readonly Lock _gate = new();
    private EpollListener? _listener;
    private bool _stoppedAccepting;

    /// <param name="options">Checked here: throws <see cref="ArgumentException"/> that names the first bad one.</param>
    /// <param name="handlers">
    /// Makes the handler of each reactor, by its index. One that implements <see cref="IReactorClientHandler"/> may open connections too.
    /// </param>
    /// <param name="logger">Where to log.</param>
    /// <exception cref="PlatformNotSupportedException">This is not Linux.</exception>
    public EpollTransport(TransportOptions options, Func<int, IReactorHandler> handlers, ILogger<EpollTransport> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _logger = logger;
        _limit = new ConnectionLimit(options.ConnectionsMax);
        _loops = new EpollLoops(options, handlers, _limit, StopAccepting, logger);
    }

    public IPEndPoint LocalEndPoint => _listener?.EndPoint ?? throw new InvalidOperationException("The transport is not started.");

    public Task Completion => _loops.Completion;

    public TransportCounters Counters => _loops.Counters;

    internal IReadOnlyList<EpollLoop> Loops => _loops.All;

    public void Start()
    {
        _loops.Start(() =>
        {
            _listener = new EpollListener(ListeningSocket.Bind(_options, _logger), _loops.All, _options, _limit, Counters, _logger);
            _loops.All[0].Listener = _listener;
            _listener.Start();
        });
        _logger.Listening(LocalEndPoint, _loops.All.Length);
    }

    public void StopAccepting()
    {
        lock (_gate)
        {
            if (_listener is null || _stoppedAccepting)
            {
                return;
            }

            _stoppedAccepting = true;
            _listener.Stop();
        }

        _logger.StoppedAccepting(LocalEndPoint);
    }

    public async ValueTask DisposeAsync()
    {
        await _loops.DisposeAsync().ConfigureAwait(false);
        _listener?.Dispose();
    }
}
