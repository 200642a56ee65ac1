using Microsoft.Extensions.Logging;
using Pusher.Core.Protocol;
using Pusher.Transport.Buffers;
using Pusher.Transport.Connections;
using Pusher.Transport.Interop;

namespace Pusher.Transport.Epoll;

/// <summary>One thread, its epoll set and its connections: waits, reads, lets the handler work, sends, closes.</summary>
/// <remarks>
/// Threading: <see cref="Waker"/>, <see cref="Inbox"/>, <see cref="Stop"/>, <see cref="Set"/> and <see cref="Counters"/> are for any thread
/// as they say; everything else is for the loop's thread.
/// </remarks>
internal sealed class EpollLoop : IDisposable
{
    private const EpollFlags EndFlags = EpollFlags.PeerHangUp | EpollFlags.HangUp | EpollFlags.Error;

    private readonly IReactorHandler _handler;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly EpollReactor _reactor;
    private readonly Queue<ConnectionId> _toRead = new();
    private readonly Queue<ConnectionId> _toFlush = new();
    private volatile bool _stopping;

    public EpollLoop(int index, IReactorHandler handler, TransportOptions options, ConnectionLimit limit, ILogger logger)
    {
        Index = index;
        _handler = handler;
        _logger = logger;
        Waker = new EpollWaker(Set);
        Inbox = new EpollInbox(limit, Waker);
        Receiver = new EpollReceiver(this, handler, options);
        Sender = new EpollSender(this, options);
        Closer = new EpollCloser(this, handler, options, logger);
        Dialer = new EpollDialer(this, handler, options, logger);
        _reactor = new EpollReactor(this);
    }

    public int Index { get; }

    public LoopCounters Counters { get; } = new();

    public BufferPool Pool { get; } = new();

    public DeadlineQueue Deadlines { get; } = new();

    public SlotTable<EpollConnection> Connections { get; } = new();

    public EpollSet Set { get; } = new();

    public EpollWaker Waker { get; }

    /// <summary>Connections on their way to this loop, and how many it has.</summary>
    public EpollInbox Inbox { get; }

    public EpollReceiver Receiver { get; }

    public EpollSender Sender { get; }

    public EpollCloser Closer { get; }

    public EpollDialer Dialer { get; }

    /// <summary>The listener, if this is the loop that accepts; to be set before the loop starts.</summary>
    public EpollListener? Listener { get; set; }

    /// <summary>Monotonic milliseconds of this turn.</summary>
    public long NowMs { get; private set; } = Environment.TickCount64;

    /// <summary>Completes when the thread ended: faulted with the reason when it died.</summary>
    public Task Ended => _ended.Task;

    public void Start() => new Thread(Run) { IsBackground = true, Name = $"pusher-loop-{Index}" }.Start();

    public void Stop()
    {
        _stopping = true;
        Waker.Notify();
    }

    /// <summary>Closes the epoll set. Only once the loop ended or when it never started.</summary>
    public void Dispose()
    {
        Waker.Dispose();
        Set.Dispose();
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
            Inbox.CountOwn();
        }

        Counters.ConnectionAdded();
        return Connections.Add(connection);
    }

    /// <summary>The connection is closed: its id finds nothing from now on.</summary>
    public void Forget(ConnectionId id, ref EpollConnection connection)
    {
        Inbox.CountGone(accepted: !connection.Outgoing);
        Counters.ConnectionRemoved(connection.Reason);
        Connections.Remove(id);
    }

    private void Run()
    {
        try
        {
            _handler.OnStarted(_reactor);
            int sleepMs = 0;
            while (!_stopping)
            {
                sleepMs = Turn(sleepMs);
            }

            Inbox.Close();
            Closer.CloseAll(Connections);
            _ended.SetResult();
        }
#pragma warning disable CA1031 // Whatever it is, it ends this loop, and the reason goes to whoever waits for the transport.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _logger.LoopDied(Index, e);
            Inbox.Close();
            DropConnections();
            _ended.SetException(e);
        }
    }

    /// <summary>One turn; returns for how long the next one may wait for events.</summary>
    private int Turn(int sleepMs)
    {
        int events = Set.Wait(sleepMs);
        Waker.BeginTurn();
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
        connection.HungUp |= (flags & EndFlags) != 0;
        if (connection.Phase == ConnectionPhase.Connecting)
        {
            Dialer.OnReady(id, ref connection);
            return;
        }

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
        for (int count = 0; count < TurnBudget.Accepts && Inbox.TryTake(out AcceptedSocket socket); count++)
        {
            ConnectionId id = Track(new EpollConnection { Descriptor = socket.Descriptor, Phase = ConnectionPhase.Open });
            ref EpollConnection connection = ref Connections[id.Slot];
            int watched = Set.AddConnection(connection.Descriptor, id, output: false);
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
        if (_toRead.Count > 0 || _toFlush.Count > 0 || Closer.HasWork || !Inbox.IsEmpty || _stopping)
        {
            return 0;
        }

        int dueMs = Deadlines.DueInMs(NowMs);
        int waitMs = sleepMs < 0 ? dueMs : dueMs < 0 ? sleepMs : Math.Min(sleepMs, dueMs);
        return waitMs == 0 || !Waker.TryFallAsleep() ? 0 : waitMs;
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
