using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using Pusher.Core.Protocol;
using Pusher.Transport;

namespace Pusher.Tests.Transport.Support;

/// <summary>A handler whose reactions a test sets. Records what happens and checks the reactor's promises on the way.</summary>
/// <remarks>Threading: called on the reactor's thread; the records, <see cref="DoAsync"/> and <see cref="Violation"/> are for any thread.</remarks>
internal sealed class ScriptedHandler : IReactorHandler
{
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly HashSet<ConnectionId> _open = [];
    private int _thread;

    public IReactor Reactor { get; private set; } = null!;

    public ReceiveAction Received { get; set; } = Echo;

    public Action<IReactor, ConnectionId>? Accepted { get; set; }

    public Action<PeerAddress>? AcceptedFrom { get; set; }

    public Action<IReactor, ConnectionId>? ClosedHook { get; set; }

    public Func<int>? Turn { get; set; }

    public ConcurrentQueue<ConnectionId> Accepts { get; } = new();

    public ConcurrentQueue<(ConnectionId Connection, CloseReason Reason)> Closes { get; } = new();

    /// <summary>The first promise that was broken, or null.</summary>
    public string? Violation { get; private set; }

    public long Turns { get; private set; }

    public long BytesAllocatedByLoop { get; private set; }

    public static SequencePosition Echo(IReactor reactor, ConnectionId connection, in ReadOnlySequence<byte> bytes)
    {
        IBufferWriter<byte> output = reactor.Output(connection);
        foreach (ReadOnlyMemory<byte> part in bytes)
        {
            output.Write(part.Span);
        }

        return bytes.End;
    }

    public void OnStarted(IReactor reactor)
    {
        Reactor = reactor;
        _thread = Environment.CurrentManagedThreadId;
    }

    public void OnAccepted(ConnectionId connection, in PeerAddress remote)
    {
        Check(_open.Add(connection), "accepted twice");
        Check(IPAddress.IsLoopback(remote.Address), "remote address");
        Accepts.Enqueue(connection);
        AcceptedFrom?.Invoke(remote);
        Accepted?.Invoke(Reactor, connection);
    }

    public SequencePosition OnReceived(ConnectionId connection, in ReadOnlySequence<byte> bytes)
    {
        Check(_open.Contains(connection), "received on a connection that is not open");
        Check(!bytes.IsEmpty, "received nothing");
        return Received(Reactor, connection, in bytes);
    }

    public void OnClosed(ConnectionId connection, CloseReason reason)
    {
        Check(_open.Remove(connection), "closed twice or never accepted");
        Closes.Enqueue((connection, reason));
        ClosedHook?.Invoke(Reactor, connection);
    }

    public int OnTurn(long nowMs)
    {
        Check(true, "turn");
        Turns++;
        while (_posted.TryDequeue(out Action? action))
        {
            action();
        }

        BytesAllocatedByLoop = GC.GetAllocatedBytesForCurrentThread();
        return Turn?.Invoke() ?? -1;
    }

    /// <summary>Runs something on the reactor's thread.</summary>
    public Task DoAsync(Action<IReactor> action) => DoAsync(reactor =>
    {
        action(reactor);
        return true;
    });

    /// <summary>Runs something on the reactor's thread and returns its result.</summary>
    public Task<T> DoAsync<T>(Func<IReactor, T> action)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _posted.Enqueue(() => done.SetResult(action(Reactor)));
        if (Reactor is { } reactor)
        {
            reactor.Wake();
        }

        // Else the loop has not begun, and its first turn finds what is posted.
        return Until.DoneAsync(done.Task);
    }

    private void Check(bool holds, string what)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            Violation ??= $"{what}: on another thread";
        }

        if (!holds)
        {
            Violation ??= what;
        }
    }
}
