using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Pusher.Transport.Connections;

namespace Pusher.Transport.Saea;

/// <summary>Accepted sockets on their way from the listener to a loop, and the load by which the listener chooses the loop.</summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class OfferedSockets(ConnectionLimit limit)
{
    private readonly ConcurrentQueue<Socket> _sockets = new();
    private int _load;
    private volatile bool _closed;

    public bool IsEmpty => _sockets.IsEmpty;

    /// <summary>Connections of the loop, those that wait here included.</summary>
    public int Load => Volatile.Read(ref _load);

    public void Add(Socket socket)
    {
        Interlocked.Increment(ref _load);
        _sockets.Enqueue(socket);

        // Checked after the enqueue: either this thread or the closing one sees the socket.
        if (_closed)
        {
            DisposeAll();
        }
    }

    public bool TryTake([NotNullWhen(true)] out Socket? socket) => _sockets.TryDequeue(out socket);

    /// <summary>A connection that came through here is gone.</summary>
    public void Leave()
    {
        limit.Leave();
        Interlocked.Decrement(ref _load);
    }

    /// <summary>The loop ends: what waits and what comes later is closed.</summary>
    public void Close()
    {
        _closed = true;
        DisposeAll();
    }

    private void DisposeAll()
    {
        while (_sockets.TryDequeue(out Socket? socket))
        {
            socket.Dispose();
            Leave();
        }
    }
}
