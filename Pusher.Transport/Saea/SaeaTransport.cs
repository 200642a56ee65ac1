using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Pusher.Transport.Connections;
using Pusher.Transport.Listening;

namespace Pusher.Transport.Saea;

/// <summary>The portable transport, on <see cref="SocketAsyncEventArgs"/>. See docs/adr/0003-saea-transport.md.</summary>
/// <remarks>Threading: any thread; not to be disposed from a reactor's thread, which would wait for itself.</remarks>
public sealed class SaeaTransport : ITransport
{
    private readonly TransportOptions _options;
    private readonly ILogger _logger;
    private readonly ConnectionLimit _limit;
    private readonly SaeaLoop[] _loops;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private SaeaListener? _listener;
    private bool _stoppedAccepting;
    private Task? _disposal;

    /// <param name="options">Checked here: throws <see cref="ArgumentException"/> that names the first bad one.</param>
    /// <param name="handlers">Makes the handler of each reactor, by its index.</param>
    /// <param name="logger">Where to log.</param>
    public SaeaTransport(TransportOptions options, Func<int, IReactorHandler> handlers, ILogger<SaeaTransport> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handlers);
        options.Validate();
        _options = options;
        _logger = logger;
        _limit = new ConnectionLimit(options.ConnectionsMax);
        _loops = new SaeaLoop[options.Reactors == 0 ? Environment.ProcessorCount : options.Reactors];
        for (int i = 0; i < _loops.Length; i++)
        {
            _loops[i] = new SaeaLoop(i, handlers(i), options, _limit, logger);
        }

        Counters = new TransportCounters(Array.ConvertAll(_loops, loop => loop.Counters));
    }

    public IPEndPoint LocalEndPoint => _listener?.EndPoint ?? throw new InvalidOperationException("The transport is not started.");

    public Task Completion => _completion.Task;

    public TransportCounters Counters { get; }

    internal IReadOnlyList<SaeaLoop> Loops => _loops;

    public void Start()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposal is not null, this);
            if (_listener is not null)
            {
                throw new InvalidOperationException("The transport is started already.");
            }

            Socket socket = ListeningSocket.Bind(_options, _logger);
            _listener = new SaeaListener(socket, _loops, _options, _limit, Counters, _logger, Fail);
        }

        foreach (SaeaLoop loop in _loops)
        {
            loop.Start();
            _ = WatchAsync(loop);
        }

        _listener.Start();
        _logger.Listening(LocalEndPoint, _loops.Length);
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

    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _disposal ??= StopAsync();
        }

        return new ValueTask(_disposal);
    }

    private async Task StopAsync()
    {
        // Off the lock and off the caller's stack.
        await Task.Yield();
        StopAccepting();
        if (_listener is not null)
        {
            foreach (SaeaLoop loop in _loops)
            {
                loop.Stop();
            }

            // A dead loop's reason is in Completion; disposal itself succeeds.
            await Task.WhenAll(_loops.Select(loop => loop.Ended)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _listener.Dispose();
        }

        _completion.TrySetResult();
    }

    private async Task WatchAsync(SaeaLoop loop)
    {
        try
        {
            await loop.Ended.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The reason, whatever it is, goes to whoever waits for the transport.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Fail(e);
        }
    }

    private void Fail(Exception reason)
    {
        StopAccepting();
        _completion.TrySetException(reason);
    }
}
