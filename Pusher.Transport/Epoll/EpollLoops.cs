using Microsoft.Extensions.Logging;
using Pusher.Transport.Connections;

namespace Pusher.Transport.Epoll;

/// <summary>The loops of a transport or a connector, from start to end.</summary>
/// <remarks>Threading: any thread; not to be stopped from a loop's thread, which would wait for itself.</remarks>
internal sealed class EpollLoops
{
    private readonly EpollLoop[] _loops;
    private readonly Action _onEnding;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private bool _started;
    private Task? _disposal;

    /// <param name="options">Checked here.</param>
    /// <param name="handlers">Makes the handler of each reactor, by its index.</param>
    /// <param name="limit">Counts accepted connections.</param>
    /// <param name="onEnding">Called before the loops end, or when one died; perhaps more than once.</param>
    /// <param name="logger">Where to log.</param>
    public EpollLoops(TransportOptions options, Func<int, IReactorHandler> handlers, ConnectionLimit limit, Action onEnding, ILogger logger)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("The epoll transport runs on Linux only; choose the transport 'saea' on this system.");
        }

        ArgumentNullException.ThrowIfNull(handlers);
        _onEnding = onEnding;
        _loops = new EpollLoop[options.Reactors == 0 ? Environment.ProcessorCount : options.Reactors];
        for (int i = 0; i < _loops.Length; i++)
        {
            _loops[i] = new EpollLoop(i, handlers(i), options, limit, logger);
        }

        Counters = new TransportCounters(Array.ConvertAll(_loops, loop => loop.Counters));
    }

    public EpollLoop[] All => _loops;

    public Task Completion => _completion.Task;

    public TransportCounters Counters { get; }

    /// <param name="prepare">What has to succeed before the loops start.</param>
    public void Start(Action prepare)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposal is not null, this);
            if (_started)
            {
                throw new InvalidOperationException("Started already.");
            }

            prepare();
            _started = true;
        }

        foreach (EpollLoop loop in _loops)
        {
            loop.Start();
            _ = WatchAsync(loop);
        }
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
        _onEnding();
        if (_started)
        {
            foreach (EpollLoop loop in _loops)
            {
                loop.Stop();
            }

            // A dead loop's reason is in Completion; disposal itself succeeds.
            await Task.WhenAll(_loops.Select(loop => loop.Ended)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        foreach (EpollLoop loop in _loops)
        {
            loop.Dispose();
        }

        _completion.TrySetResult();
    }

    private async Task WatchAsync(EpollLoop loop)
    {
        try
        {
            await loop.Ended.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The reason, whatever it is, goes to whoever waits for the transport.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _onEnding();
            _completion.TrySetException(e);
        }
    }
}
