using System.Net.Sockets;
using Pusher.Core.Protocol;
using Pusher.Transport.Buffers;
using Pusher.Transport.Connections;

namespace Pusher.Transport.Saea;

/// <summary>What a loop knows of one connection.</summary>
/// <remarks>
/// Threading: the loop's thread only, but for <see cref="Complete"/>, which any thread may call, and <see cref="NextReady"/>, which
/// belongs to whoever queues the connection.
/// </remarks>
internal sealed class SaeaConnection
{
    private readonly SaeaLoop _loop;
    private int _completions;

    public SaeaConnection(SaeaLoop loop, Socket socket)
    {
        _loop = loop;
        Socket = socket;
        Receive = new ReceiveOperation(this);
    }

    public Socket Socket { get; }

    public ReceiveOperation Receive { get; }

    public ConnectionId Id { get; set; }

    public ConnectionPhase Phase { get; set; } = ConnectionPhase.Open;

    /// <summary>Why it is closing; None while it is open. The first to set it wins.</summary>
    public CloseReason Reason { get; private set; }

    /// <summary>Input that is no whole frame yet; null for most.</summary>
    public BufferChain? Kept { get; set; }

    /// <summary>Output that the kernel has not taken; null for most.</summary>
    public BufferChain? Output { get; set; }

    /// <summary>The armed send, or null. While there is one, its part of the output must neither move nor be sent again.</summary>
    public SendOperation? Sending { get; set; }

    public bool ReceiveArmed { get; set; }

    /// <summary>In the loop's queue of connections to read.</summary>
    public bool InReadQueue { get; set; }

    /// <summary>In the loop's queue of connections to flush.</summary>
    public bool InFlushQueue { get; set; }

    /// <summary>Not read for as long as too much output waits.</summary>
    public bool ReadPaused { get; set; }

    /// <summary>
    /// Sending failed, and what the peer sent before is still to be read. The armed receive may have taken the kernel's error away, so
    /// it is remembered here.
    /// </summary>
    public CloseReason Broken { get; set; }

    /// <summary>Has an entry in the deadline queue for its stall.</summary>
    public bool StallWatched { get; set; }

    /// <summary>When the kernel last took something, or when the output began to wait.</summary>
    public long ProgressMs { get; set; }

    /// <summary>When a closing connection is closed whatever is left.</summary>
    public long CloseAtMs { get; set; }

    /// <summary>The part of the output that is in the loop's backlog counter.</summary>
    public long CountedBacklog { get; set; }

    public SaeaConnection? NextReady { get; set; }

    public long OutputBytes => Output?.Length ?? 0;

    public void SetReason(CloseReason reason)
    {
        if (Reason == CloseReason.None)
        {
            Reason = reason;
        }
    }

    /// <summary>An operation of this connection completed.</summary>
    public void Complete(Completions what)
    {
        // Only the first of several completions queues the connection: it is in the ready stack once at most.
        if (Interlocked.Or(ref _completions, (int)what) == 0)
        {
            _loop.QueueReady(this);
        }
    }

    public Completions TakeCompletions() => (Completions)Interlocked.Exchange(ref _completions, 0);
}
