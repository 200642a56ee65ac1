using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Pusher.Transport.Connections;
using Pusher.Transport.Interop;
using Pusher.Transport.Listening;

namespace Pusher.Transport.Epoll;

/// <summary>
/// Accepts connections on one loop and hands them to the loop with the fewest. Only <see cref="Stop"/> ends it; errors are counted and
/// survived. Watched level-triggered: what one turn's budget leaves is told again.
/// </summary>
/// <remarks>Threading: <see cref="Start"/> and <see cref="Stop"/> from any thread, the rest on the accepting loop's thread.</remarks>
internal sealed class EpollListener : IDisposable
{
    /// <summary>Pause after an accept failed for a reason that waiting may cure, so that the loop does not spin.</summary>
    private const int BackoffMs = 100;

    private static readonly ConnectionId Token = new(EventToken.ListenerSlot, 0);

    private readonly Socket _socket;
    private readonly SafeSocketHandle _handle;
    private readonly int _descriptor;
    private readonly EpollLoop _home;
    private readonly EpollLoop[] _loops;
    private readonly TransportOptions _options;
    private readonly ConnectionLimit _limit;
    private readonly TransportCounters _counters;
    private readonly ILogger _logger;
    private readonly DescriptorReserve _reserve = new();
    private int _next;
    private bool _complained;
    private volatile bool _stopped;

    public EpollListener(
        Socket socket, EpollLoop[] loops, TransportOptions options, ConnectionLimit limit, TransportCounters counters, ILogger logger)
    {
        _socket = socket;
        _handle = socket.SafeHandle;
        _descriptor = (int)_handle.DangerousGetHandle();
        _home = loops[0];
        _loops = loops;
        _options = options;
        _limit = limit;
        _counters = counters;
        _logger = logger;
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    public IPEndPoint EndPoint { get; }

    public void Start() => Libc.Check(_home.Set.Add(_descriptor, EpollFlags.In, EventToken.Of(Token)), "epoll_ctl");

    /// <summary>Closes the listening socket, which takes it out of the epoll set as well.</summary>
    public void Stop()
    {
        _stopped = true;
        _socket.Dispose();
    }

    public void Dispose()
    {
        Stop();
        _reserve.Dispose();
    }

    /// <summary>Connections wait: takes them, within the turn's budget.</summary>
    public void Accept()
    {
        try
        {
            for (int count = 0; count < TurnBudget.Accepts && !_stopped && AcceptOne(); count++)
            {
            }
        }
        catch (ObjectDisposedException) when (_stopped)
        {
            // Stopped between two accepts: the end that was asked for.
            return;
        }
    }

    /// <summary>The pause is over.</summary>
    public void Resume() => Watch(EpollFlags.In);

    /// <summary>False when there is nothing more to take now.</summary>
    private bool AcceptOne()
    {
        Span<byte> remote = stackalloc byte[NativeAddress.BytesMax];
        int result = Libc.Accept(_handle, remote);
        if (result >= 0)
        {
            Admit(result, remote);
            return true;
        }

        if (result == -Errno.Again || _stopped)
        {
            return false;
        }

        _counters.AddAcceptFailure();
        return -result switch
        {
            // That connection was gone before it was accepted; the next one is not concerned.
            Errno.ConnectionAborted or Errno.ConnectionReset or Errno.ProtocolError => true,
            Errno.TooManyFiles or Errno.TooManyFilesInSystem => TurnAwayOne() || BackOff(-result),
            _ => BackOff(-result),
        };
    }

    private void Admit(int descriptor, ReadOnlySpan<byte> remote)
    {
        if (!_limit.TryEnter())
        {
            _counters.AddRefusedAtLimit();
            Libc.Close(descriptor);
            Complain(() => _logger.ConnectionLimitReached(_options.ConnectionsMax));
            return;
        }

        _complained = false;
        _counters.AddAccepted();
        EpollLoop loop = LeastLoaded();
        loop.Inbox.Offer(new AcceptedSocket(descriptor, NativeAddress.Read(remote)), wake: loop != _home);
    }

    private EpollLoop LeastLoaded()
    {
        _next = (_next + 1) % _loops.Length;
        EpollLoop best = _loops[_next];
        foreach (EpollLoop loop in _loops)
        {
            best = loop.Inbox.Load < best.Inbox.Load ? loop : best;
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
        Span<byte> remote = stackalloc byte[NativeAddress.BytesMax];
        int result = Libc.Accept(_handle, remote);
        if (result >= 0)
        {
            Libc.Close(result);
        }

        return _reserve.TryAcquire() && result >= 0;
    }

    private bool BackOff(int error)
    {
        Complain(() => _logger.AcceptFailed(EndPoint, Libc.Describe(error), BackoffMs));
        Watch(EpollFlags.None);
        _home.Deadlines.Add(Token, _home.NowMs + BackoffMs);
        return false;
    }

    private void Watch(EpollFlags flags)
    {
        bool held = false;
        try
        {
            // Held, so that the number cannot become somebody else's descriptor while it is used.
            _handle.DangerousAddRef(ref held);
            _home.Set.Modify(_descriptor, flags, EventToken.Of(Token));
        }
        catch (ObjectDisposedException) when (_stopped)
        {
            // Stopped in the meantime: there is nothing to watch any more.
            return;
        }
        finally
        {
            if (held)
            {
                _handle.DangerousRelease();
            }
        }
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
