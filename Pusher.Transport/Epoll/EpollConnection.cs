using Pusher.Core.Protocol;
using Pusher.Transport.Buffers;
using Pusher.Transport.Connections;

namespace Pusher.Transport.Epoll;

/// <summary>
/// What a loop knows of one connection: an element of its slot table, changed in place. All that an idle connection costs is this, 48
/// bytes, and its slot's 16.
/// </summary>
internal struct EpollConnection
{
    /// <summary>Input that is no whole frame yet; null for most.</summary>
    public BufferChain? Kept;

    /// <summary>Output that the kernel has not taken; null for most.</summary>
    public BufferChain? Output;

    /// <summary>While open: when the kernel last took something, or when the output began to wait. While closing: when to give up.</summary>
    public long ClockMs;

    /// <summary>The part of the output that is in the loop's backlog counter.</summary>
    public long CountedBacklog;

    /// <summary>The socket; negative when there was none to get.</summary>
    public int Descriptor;

    /// <summary>Why it is closing; None while it is open. The first to set it wins.</summary>
    public CloseReason Reason;

    /// <summary>Sending failed, and what the peer sent before is still to be read.</summary>
    public CloseReason Broken;

    public ConnectionPhase Phase;

    private States _states;

    [Flags]
    private enum States : byte
    {
        InReadQueue = 1,
        InFlushQueue = 2,
        ReadPaused = 4,
        HungUp = 8,
        StallWatched = 16,
        OutputWatched = 32,
        Outgoing = 64,
    }

    /// <summary>In the loop's queue of connections to read.</summary>
    public bool InReadQueue
    {
        readonly get => Has(States.InReadQueue);
        set => Set(States.InReadQueue, value);
    }

    /// <summary>In the loop's queue of connections to flush.</summary>
    public bool InFlushQueue
    {
        readonly get => Has(States.InFlushQueue);
        set => Set(States.InFlushQueue, value);
    }

    /// <summary>Not read for as long as too much output waits.</summary>
    public bool ReadPaused
    {
        readonly get => Has(States.ReadPaused);
        set => Set(States.ReadPaused, value);
    }

    /// <summary>The kernel told of an end or an error: a short read does not mean that there is nothing more to find.</summary>
    public bool HungUp
    {
        readonly get => Has(States.HungUp);
        set => Set(States.HungUp, value);
    }

    /// <summary>Has an entry in the deadline queue for its stall.</summary>
    public bool StallWatched
    {
        readonly get => Has(States.StallWatched);
        set => Set(States.StallWatched, value);
    }

    /// <summary>The kernel is asked to tell when there is room for output.</summary>
    public bool OutputWatched
    {
        readonly get => Has(States.OutputWatched);
        set => Set(States.OutputWatched, value);
    }

    /// <summary>Opened here, not accepted.</summary>
    public bool Outgoing
    {
        readonly get => Has(States.Outgoing);
        set => Set(States.Outgoing, value);
    }

    public readonly long OutputBytes => Output?.Length ?? 0;

    public void SetReason(CloseReason reason)
    {
        if (Reason == CloseReason.None)
        {
            Reason = reason;
        }
    }

    private readonly bool Has(States state) => (_states & state) != 0;

    private void Set(States state, bool value) => _states = value ? _states | state : _states & ~state;
}
