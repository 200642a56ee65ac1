using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Pusher.Core.Protocol;
using Pusher.Transport.Buffers;
using Pusher.Transport.Connections;

namespace Pusher.Transport.Saea;

/// <summary>One thread and its connections: takes what completed, reads, lets the handler work, sends, closes, sleeps.</summary>
/// <remarks>
/// Threading: <see cref="Wake"/>, <see cref="Offer"/>, <see cref="QueueReady"/>, <see cref="Stop"/>, <see cref="Load"/> and
/// <see cref="Counters"/> from any thread; everything else on the loop's thread.
/// </remarks>
internal sealed class SaeaLoop : IReactor
{
    private readonly IReactorHandler _handler;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LoopSignal _signal = new();
    private readonly OfferedSockets _offered;
    private readonly ReadyStack _ready = new();
    private readonly SlotTable<SaeaConnection> _connections = new();
    private readonly Queue<SaeaConnection> _toRead = new();
    private readonly Queue<SaeaConnection> _toFlush = new();
    private readonly DiscardWriter _discard = new();
    private volatile bool _stopping;

    public SaeaLoop(int index, IReactorHandler handler, TransportOptions options, ConnectionLimit limit, ILogger logger)
    {
        Index = index;
        _handler = handler;
        _offered = new OfferedSockets(limit);
        _logger = logger;
        Receiver = new SaeaReceiver(this, handler, options);
        Sender = new SaeaSender(this, options);
        Closer = new SaeaCloser(this, handler, options, logger);
    }

    public int Index { get; }

    public int ConnectionCount => _connections.Count;

    public LoopCounters Counters { get; } = new();

    public BufferPool Pool { get; } = new();

    public DeadlineQueue Deadlines { get; } = new();

    public SaeaReceiver Receiver { get; }

    public SaeaSender Sender { get; }

    public SaeaCloser Closer { get; }

    /// <summary>Monotonic milliseconds of this turn.</summary>
    public long NowMs { get; private set; } = Environment.TickCount64;

    /// <summary>Connections of this loop, those that wait to be taken included.</summary>
    public int Load => _offered.Load;

    /// <summary>Completes when the thread ended: faulted with the reason when it died.</summary>
    public Task Ended => _ended.Task;

    public void Start() => new Thread(Run) { IsBackground = true, Name = $"pusher-loop-{Index}" }.Start();

    public void Stop()
    {
        _stopping = true;
        _signal.Notify();
    }

    /// <summary>Gives an accepted socket, already counted in the limit, to this loop.</summary>
    public void Offer(Socket socket)
    {
        _offered.Add(socket);
        _signal.Notify();
    }

    public void QueueReady(SaeaConnection connection)
    {
        _ready.Push(connection);
        _signal.Notify();
    }

    public void QueueRead(SaeaConnection connection)
    {
        if (!connection.InReadQueue)
        {
            connection.InReadQueue = true;
            _toRead.Enqueue(connection);
        }
    }

    public void QueueFlush(SaeaConnection connection)
    {
        if (!connection.InFlushQueue)
        {
            connection.InFlushQueue = true;
            _toFlush.Enqueue(connection);
        }
    }

    /// <summary>The connection is closed: its id finds nothing from now on.</summary>
    public void Forget(SaeaConnection connection)
    {
        _connections.Remove(connection.Id);
        _offered.Leave();
        Counters.ConnectionRemoved(connection.Reason);
    }

    public IBufferWriter<byte> Output(ConnectionId connection) =>
        _connections.TryGet(connection, out SaeaConnection found)
        && found.Phase == ConnectionPhase.Open
        && found.Broken == CloseReason.None
            ? Sender.WriterFor(found)
            : _discard;

    public SendOutcome TrySend(ConnectionId connection, ReadOnlySpan<byte> frame, long backlogBytesMax) =>
        _connections.TryGet(connection, out SaeaConnection found)
        && found.Phase == ConnectionPhase.Open
        && found.Broken == CloseReason.None
            ? Sender.TrySend(found, frame, backlogBytesMax)
            : SendOutcome.Gone;

    public long OutputBacklogBytes(ConnectionId connection) =>
        _connections.TryGet(connection, out SaeaConnection found) ? found.OutputBytes : 0;

    public void Close(ConnectionId connection, CloseReason reason)
    {
        if (reason == CloseReason.None)
        {
            throw new ArgumentOutOfRangeException(nameof(reason), "A connection is closed for a reason.");
        }

        if (_connections.TryGet(connection, out SaeaConnection found))
        {
            Closer.Begin(found, reason);
        }
    }

    public void Wake() => _signal.Notify();

    private void Run()
    {
        try
        {
            _handler.OnStarted(this);
            while (!_stopping)
            {
                Turn();
            }

            _offered.Close();
            Closer.CloseAll(_connections);
            _ended.SetResult();
        }
#pragma warning disable CA1031 // Whatever it is, it ends this loop, and the reason goes to whoever waits for the transport.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _logger.LoopDied(Index, e);
            _offered.Close();
            DropConnections();
            _ended.SetException(e);
        }
    }

    private void Turn()
    {
        _signal.BeginTurn();
        NowMs = Environment.TickCount64;
        TakeOffered();
        TakeReady();
        Read();
        int sleepMs = _handler.OnTurn(NowMs);
        CheckDeadlines();
        Flush();
        Closer.ReleaseClosed();
        Sleep(sleepMs);
    }

    private void TakeOffered()
    {
        for (int count = 0; count < TurnBudget.Accepts && _offered.TryTake(out Socket? socket); count++)
        {
            SaeaConnection connection = new(this, socket);
            connection.Id = _connections.Add(connection);
            Counters.ConnectionAdded();
            _handler.OnAccepted(connection.Id, PeerOf(socket));
            Receiver.Arm(connection);
        }
    }

    private void TakeReady()
    {
        for (SaeaConnection? connection = _ready.TakeAll(); connection is not null;)
        {
            // The link is read first: once its completions are taken, another thread may queue the connection again.
            SaeaConnection? next = connection.NextReady;
            connection.NextReady = null;
            OnCompleted(connection, connection.TakeCompletions());
            connection = next;
        }
    }

    private void OnCompleted(SaeaConnection connection, Completions completions)
    {
        if ((completions & Completions.Send) != 0)
        {
            Sender.OnSent(connection);
        }

        if ((completions & Completions.Receive) == 0)
        {
            return;
        }

        connection.ReceiveArmed = false;
        if (connection.Phase == ConnectionPhase.Closed)
        {
            connection.Receive.Dispose();
        }
        else
        {
            QueueRead(connection);
        }
    }

    private void Read()
    {
        for (int count = Math.Min(_toRead.Count, TurnBudget.ConnectionsRead); count > 0; count--)
        {
            SaeaConnection connection = _toRead.Dequeue();
            connection.InReadQueue = false;
            Receiver.Read(connection);
        }
    }

    private void CheckDeadlines()
    {
        while (Deadlines.TryTakeDue(NowMs, out ConnectionId id))
        {
            if (!_connections.TryGet(id, out SaeaConnection connection))
            {
                continue;
            }

            if (connection.Phase == ConnectionPhase.Open)
            {
                Sender.CheckStall(connection);
            }
            else
            {
                Closer.CheckFlush(connection);
            }
        }
    }

    private void Flush()
    {
        // What is queued while flushing waits for the next turn.
        for (int count = _toFlush.Count; count > 0; count--)
        {
            SaeaConnection connection = _toFlush.Dequeue();
            connection.InFlushQueue = false;
            Sender.Flush(connection);
        }
    }

    private void Sleep(int sleepMs)
    {
        if (_toRead.Count > 0 || _toFlush.Count > 0 || Closer.HasWork || !_offered.IsEmpty || _stopping)
        {
            return;
        }

        int dueMs = Deadlines.DueInMs(NowMs);
        _signal.Sleep(sleepMs < 0 ? dueMs : dueMs < 0 ? sleepMs : Math.Min(sleepMs, dueMs));
    }

    /// <summary>The loop died: the handler is not to be trusted any more, only the sockets are closed.</summary>
    private void DropConnections()
    {
        for (int slot = 0; slot < _connections.SlotsUsed; slot++)
        {
            if (_connections.IsLive(slot))
            {
                _connections[slot].Socket.Dispose();
            }
        }
    }

    // Known from the accept: no system call, and no failure when the peer is gone already.
    private static PeerAddress PeerOf(Socket socket) => PeerAddress.From((IPEndPoint)socket.RemoteEndPoint!);
}
