using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using Pusher.Core.Protocol;
using Pusher.Transport.Buffers;
using Pusher.Transport.Connections;
using Pusher.Transport.Interop;

namespace Pusher.Transport.Epoll;

/// <summary>One thread, its epoll set and its connections: waits, reads, lets the handler work, sends, closes.</summary>
/// <remarks>
/// Threading: <see cref="Wake"/>, <see cref="Offer"/>, <see cref="Stop"/>, <see cref="Load"/>, <see cref="Set"/> and
/// <see cref="Counters"/> from any thread; everything else on the loop's thread.
/// </remarks>
internal sealed class EpollLoop : IReactorClient, IDisposable
{
    private const EpollFlags InputFlags = EpollFlags.In | EpollFlags.PeerHangUp | EpollFlags.EdgeTriggered;
    private const EpollFlags EndFlags = EpollFlags.PeerHangUp | EpollFlags.HangUp | EpollFlags.Error;

    private readonly IReactorHandler _handler;
    private readonly ConnectionLimit _limit;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly EpollWaker _waker;
    private readonly EpollDialer _dialer;
    private readonly ConcurrentQueue<AcceptedSocket> _offered = new();
    private readonly Queue<ConnectionId> _toRead = new();
    private readonly Queue<ConnectionId> _toFlush = new();
    private readonly DiscardWriter _discard = new();
    private int _load;
    private volatile bool _stopping;
    private volatile bool _takesNoMore;

    public EpollLoop(int index, IReactorHandler handler, TransportOptions options, ConnectionLimit limit, ILogger logger)
    {
        Index = index;
        _handler = handler;
        _limit = limit;
        _logger = logger;
        _waker = new EpollWaker(Set);
        Receiver = new EpollReceiver(this, handler, options);
        Sender = new EpollSender(this, options);
        Closer = new EpollCloser(this, handler, options, logger);
        _dialer = new EpollDialer(this, handler, options, logger);
    }

    public int Index { get; }

    public int ConnectionCount => Connections.Count;

    public LoopCounters Counters { get; } = new();

    public BufferPool Pool { get; } = new();

    public DeadlineQueue Deadlines { get; } = new();

    public SlotTable<EpollConnection> Connections { get; } = new();

    public EpollSet Set { get; } = new();

    public EpollWaker Waker => _waker;

    public EpollReceiver Receiver { get; }

    public EpollSender Sender { get; }

    public EpollCloser Closer { get; }

    /// <summary>The listener, if this is the loop that accepts; to be set before the loop starts.</summary>
    public EpollListener? Listener { get; set; }

    /// <summary>Monotonic milliseconds of this turn.</summary>
    public long NowMs { get; private set; } = Environment.TickCount64;

    /// <summary>Connections of this loop, those that wait to be taken included.</summary>
    public int Load => Volatile.Read(ref _load);

    /// <summary>Completes when the thread ended: faulted with the reason when it died.</summary>
    public Task Ended => _ended.Task;

    public void Start() => new Thread(Run) { IsBackground = true, Name = $"pusher-loop-{Index}" }.Start();

    public void Stop()
    {
        _stopping = true;
        _waker.Notify();
    }

    /// <summary>Closes the epoll set. Only once the loop ended or when it never started.</summary>
    public void Dispose()
    {
        _waker.Dispose();
        Set.Dispose();
    }

    /// <summary>Gives an accepted socket, already counted in the limit, to this loop.</summary>
    /// <param name="socket">What was accepted.</param>
    /// <param name="wake">Whether the loop has to be woken: not by itself.</param>
    public void Offer(AcceptedSocket socket, bool wake)
    {
        Interlocked.Increment(ref _load);
        _offered.Enqueue(socket);
        if (_takesNoMore)
        {
            RefuseOffered();
        }

        if (wake)
        {
            _waker.Notify();
        }
    }

    public void QueueRead(ConnectionId id, ref EpollConnection connection)
    {
        if (!connection.InReadQueue)
        {
            connection.InReadQueue = true;
            _toRead.Enqueue(id);
        }
    }

    public void QueueFlush(ConnectionId id, ref EpollConnection connection)
    {
        if (!connection.InFlushQueue)
        {
            connection.InFlushQueue = true;
            _toFlush.Enqueue(id);
        }
    }

    /// <summary>Puts a new connection into the table.</summary>
    public ConnectionId Track(EpollConnection connection)
    {
        if (connection.Outgoing)
        {
            Interlocked.Increment(ref _load);
        }

        Counters.ConnectionAdded();
        return Connections.Add(connection);
    }

    /// <summary>The connection is closed: its id finds nothing from now on.</summary>
    public void Forget(ConnectionId id, ref EpollConnection connection)
    {
        // Those opened here were asked for by the handler; the limit is for what comes from outside.
        if (!connection.Outgoing)
        {
            _limit.Leave();
        }

        Interlocked.Decrement(ref _load);
        Counters.ConnectionRemoved(connection.Reason);
        Connections.Remove(id);
    }

    /// <summary>Puts a connection into the epoll set: 0, or the negative error number.</summary>
    public int StartWatching(ConnectionId id, ref EpollConnection connection, bool output) =>
        Set.Add(connection.Descriptor, output ? InputFlags | EpollFlags.Out : InputFlags, EventToken.Of(id));

    /// <summary>Turns the notice of room for output on or off.</summary>
    public void Watch(ConnectionId id, ref EpollConnection connection, bool output) =>
        Set.Modify(connection.Descriptor, output ? InputFlags | EpollFlags.Out : InputFlags, EventToken.Of(id));

    public ConnectionId Connect(IPEndPoint remote, IPEndPoint? source) => _dialer.Connect(remote, source);

    public IBufferWriter<byte> Output(ConnectionId connection)
    {
        if (Connections.IsLive(connection))
        {
            ref EpollConnection found = ref Connections[connection.Slot];
            if (found.Phase == ConnectionPhase.Open && found.Broken == CloseReason.None)
            {
                return Sender.WriterFor(connection, ref found);
            }
        }

        return _discard;
    }

    public long OutputBacklogBytes(ConnectionId connection) =>
        Connections.IsLive(connection) ? Connections[connection.Slot].OutputBytes : 0;

    public void Close(ConnectionId connection, CloseReason reason)
    {
        if (reason == CloseReason.None)
        {
            throw new ArgumentOutOfRangeException(nameof(reason), "A connection is closed for a reason.");
        }

        if (Connections.IsLive(connection))
        {
            Closer.Begin(connection, ref Connections[connection.Slot], reason);
        }
    }

    public void Wake() => _waker.Notify();

    private void Run()
    {
        try
        {
            _handler.OnStarted(this);
            int sleepMs = 0;
            while (!_stopping)
            {
                sleepMs = Turn(sleepMs);
            }

            RefuseLaterOffers();
            Closer.CloseAll(Connections);
            _ended.SetResult();
        }
#pragma warning disable CA1031 // Whatever it is, it ends this loop, and the reason goes to whoever waits for the transport.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _logger.LoopDied(Index, e);
            RefuseLaterOffers();
            DropConnections();
            _ended.SetException(e);
        }
    }

    /// <summary>One turn; returns for how long the next one may wait for events.</summary>
    private int Turn(int sleepMs)
    {
        int events = Set.Wait(sleepMs);
        _waker.BeginTurn();
        NowMs = Environment.TickCount64;
        for (int i = 0; i < events; i++)
        {
            EpollFlags flags = Set.Event(i, out ulong token);
            OnEvent(EventToken.ToConnection(token), flags);
        }

        TakeOffered();
        Read();
        sleepMs = _handler.OnTurn(NowMs);
        CheckDeadlines();
        Flush();
        Closer.ReleaseClosed();
        return SleepMs(sleepMs);
    }

    private void OnEvent(ConnectionId id, EpollFlags flags)
    {
        if (!Connections.IsLive(id))
        {
            if (id == new ConnectionId(EventToken.ListenerSlot, 0))
            {
                Listener!.Accept();
            }

            // Else the waker, which has done its work, or a connection that was released in the meantime.
            return;
        }

        ref EpollConnection connection = ref Connections[id.Slot];
        if (connection.Phase == ConnectionPhase.Connecting)
        {
            _dialer.OnReady(id, ref connection);
            return;
        }

        connection.HungUp |= (flags & EndFlags) != 0;
        if ((flags & (EpollFlags.In | EndFlags)) != 0)
        {
            QueueRead(id, ref connection);
        }

        if (connection.Output is not null && (flags & (EpollFlags.Out | EpollFlags.HangUp | EpollFlags.Error)) != 0)
        {
            QueueFlush(id, ref connection);
        }
    }

    private void TakeOffered()
    {
        for (int count = 0; count < TurnBudget.Accepts && _offered.TryDequeue(out AcceptedSocket socket); count++)
        {
            ConnectionId id = Track(new EpollConnection { Descriptor = socket.Descriptor, Phase = ConnectionPhase.Open });
            ref EpollConnection connection = ref Connections[id.Slot];
            int watched = StartWatching(id, ref connection, output: false);
            _handler.OnAccepted(id, socket.Remote);
            if (watched < 0)
            {
                _logger.NotWatched(Libc.Describe(-watched));
                Closer.Abort(id, ref connection, CloseReason.Internal);
            }
        }
    }

    private void Read()
    {
        for (int count = Math.Min(_toRead.Count, TurnBudget.ConnectionsRead); count > 0; count--)
        {
            ConnectionId id = _toRead.Dequeue();
            if (Connections.IsLive(id))
            {
                ref EpollConnection connection = ref Connections[id.Slot];
                connection.InReadQueue = false;
                Receiver.Read(id, ref connection);
            }
        }
    }

    private void CheckDeadlines()
    {
        while (Deadlines.TryTakeDue(NowMs, out ConnectionId id))
        {
            if (id == new ConnectionId(EventToken.ListenerSlot, 0))
            {
                Listener!.Resume();
            }
            else if (Connections.IsLive(id))
            {
                CheckDeadline(id, ref Connections[id.Slot]);
            }
        }
    }

    private void CheckDeadline(ConnectionId id, ref EpollConnection connection)
    {
        if (connection.Phase == ConnectionPhase.Open)
        {
            Sender.CheckStall(id, ref connection);
        }
        else
        {
            Closer.CheckFlush(id, ref connection);
        }
    }

    private void Flush()
    {
        // What is queued while flushing waits for the next turn.
        for (int count = _toFlush.Count; count > 0; count--)
        {
            ConnectionId id = _toFlush.Dequeue();
            if (Connections.IsLive(id))
            {
                ref EpollConnection connection = ref Connections[id.Slot];
                connection.InFlushQueue = false;
                Sender.Flush(id, ref connection);
            }
        }
    }

    private int SleepMs(int sleepMs)
    {
        if (_toRead.Count > 0 || _toFlush.Count > 0 || Closer.HasWork || !_offered.IsEmpty || _stopping)
        {
            return 0;
        }

        int dueMs = Deadlines.DueInMs(NowMs);
        int waitMs = sleepMs < 0 ? dueMs : dueMs < 0 ? sleepMs : Math.Min(sleepMs, dueMs);
        return waitMs == 0 || !_waker.TryFallAsleep() ? 0 : waitMs;
    }

    private void RefuseLaterOffers()
    {
        _takesNoMore = true;
        RefuseOffered();
    }

    private void RefuseOffered()
    {
        while (_offered.TryDequeue(out AcceptedSocket socket))
        {
            Libc.Close(socket.Descriptor);
            _limit.Leave();
            Interlocked.Decrement(ref _load);
        }
    }

    /// <summary>The loop died: the handler is not to be trusted any more, only the sockets are closed.</summary>
    private void DropConnections()
    {
        for (int slot = 0; slot < Connections.SlotsUsed; slot++)
        {
            if (Connections.IsLive(slot) && Connections[slot].Descriptor >= 0)
            {
                Libc.Close(Connections[slot].Descriptor);
            }
        }
    }
}
