using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Pusher.Transport.Connections;
using Pusher.Transport.Listening;

namespace Pusher.Transport.Saea;

/// <summary>Accepts connections and spreads them over the loops. Only <see cref="Stop"/> ends it; errors are counted and survived.</summary>
/// <remarks>
/// Threading: accepts run on threads of the runtime, one at a time; <see cref="Stop"/> from any thread.
/// </remarks>
internal sealed class SaeaListener : IDisposable
{
    /// <summary>Pause after an accept failed for a reason that waiting may cure, so that the accept loop does not spin.</summary>
    private const int BackoffMs = 100;

    private readonly Socket _socket;
    private readonly SaeaLoop[] _loops;
    private readonly TransportOptions _options;
    private readonly ConnectionLimit _limit;
    private readonly TransportCounters _counters;
    private readonly ILogger _logger;
    private readonly Action<Exception> _onDied;
    private readonly AcceptOperation _operation;
    private readonly DescriptorReserve _reserve = new();
    private readonly Timer _backoff;
    private int _next;
    private bool _complained;
    private volatile bool _stopped;

    public SaeaListener(
        Socket socket, SaeaLoop[] loops, TransportOptions options, ConnectionLimit limit, TransportCounters counters, ILogger logger, Action<Exception> onDied)
    {
        _socket = socket;
        _loops = loops;
        _options = options;
        _limit = limit;
        _counters = counters;
        _logger = logger;
        _onDied = onDied;
        _operation = new AcceptOperation(this);
        _backoff = new Timer(static listener => ((SaeaListener)listener!).Guard(resume: true), this, Timeout.Infinite, Timeout.Infinite);
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    public IPEndPoint EndPoint { get; }

    public void Start() => Guard(resume: true);

    public void Stop()
    {
        _stopped = true;
        _socket.Dispose();
    }

    public void Dispose()
    {
        Stop();
        _backoff.Dispose();
        _reserve.Dispose();
    }

    public void OnCompleted() => Guard(resume: false);

    private void Guard(bool resume)
    {
        try
        {
            if (resume || Take())
            {
                Accept();
            }
        }
        catch (ObjectDisposedException) when (_stopped)
        {
            // Stopped between two accepts: the end that was asked for.
            return;
        }
#pragma warning disable CA1031 // A listener never ends silently, whatever it was.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _logger.ListenerDied(EndPoint, e);
            _onDied(e);
        }
    }

    private void Accept()
    {
        do
        {
            _operation.AcceptSocket = null;
            if (_stopped || _socket.AcceptAsync(_operation))
            {
                return;
            }
        }
        while (Take());
    }

    /// <summary>Deals with one finished accept; false when the next one has to wait.</summary>
    private bool Take()
    {
        SocketError error = _operation.SocketError;
        if (error == SocketError.Success)
        {
            Admit(_operation.AcceptSocket!);
            return true;
        }

        if (_stopped)
        {
            return false;
        }

        _counters.AddAcceptFailure();
        switch (error)
        {
            case SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.Interrupted:
                // That connection was gone before it was accepted; the next one is not concerned.
                return true;
            case SocketError.TooManyOpenSockets:
                return TurnAwayOne() || BackOff(error);
            default:
                return BackOff(error);
        }
    }

    private void Admit(Socket socket)
    {
        if (!_limit.TryEnter())
        {
            _counters.AddRefusedAtLimit();
            socket.Dispose();
            Complain(() => _logger.ConnectionLimitReached(_options.ConnectionsMax));
            return;
        }

        _complained = false;
        SocketTuning.ApplyToAccepted(socket, _options);
        _counters.AddAccepted();
        LeastLoaded().Offer(socket);
    }

    private SaeaLoop LeastLoaded()
    {
        _next = (_next + 1) % _loops.Length;
        SaeaLoop best = _loops[_next];
        foreach (SaeaLoop loop in _loops)
        {
            best = loop.Load < best.Load ? loop : best;
        }

        return best;
    }

    /// <summary>No descriptor left: spends the reserve to accept one connection and close it. False when that did not work.</summary>
    private bool TurnAwayOne()
    {
        Complain(_logger.DescriptorsExhausted);
        if (!_reserve.TryAcquire())
        {
            return false;
        }

        _reserve.Release();
        bool turnedAway = TryAcceptAndClose();
        return _reserve.TryAcquire() && turnedAway;
    }

    private bool TryAcceptAndClose()
    {
        try
        {
            _socket.Accept().Dispose();
            return true;
        }
        catch (SocketException)
        {
            // Somebody else took the descriptor first, or the peer is gone: the caller backs off.
            return false;
        }
    }

    private bool BackOff(SocketError error)
    {
        Complain(() => _logger.AcceptFailed(EndPoint, error.ToString(), BackoffMs));
        if (!_stopped)
        {
            _backoff.Change(BackoffMs, Timeout.Infinite);
        }

        return false;
    }

    /// <summary>Logs one line per spell of trouble, not one per connection.</summary>
    private void Complain(Action log)
    {
        if (!_complained)
        {
            _complained = true;
            log();
        }
    }
}
