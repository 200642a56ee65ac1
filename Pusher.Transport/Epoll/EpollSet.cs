using Pusher.Transport.Interop;

namespace Pusher.Transport.Epoll;

/// <summary>An epoll set and the events of its last wait.</summary>
/// <remarks>Threading: <see cref="Add"/> and <see cref="Modify"/> from any thread, the rest on the loop's thread.</remarks>
internal sealed class EpollSet : IDisposable
{
    /// <summary>Events taken by one wait: as many as a turn reads, so that a turn's queue does not outgrow its budget.</summary>
    private const int EventsPerWait = Connections.TurnBudget.ConnectionsRead;

    private const EpollFlags ConnectionFlags = EpollFlags.In | EpollFlags.PeerHangUp | EpollFlags.EdgeTriggered;

    private readonly byte[] _events = GC.AllocateArray<byte>(EventsPerWait * EpollEventLayout.Current.Size, pinned: true);

    public DescriptorHandle Handle { get; } = Libc.CreateEpoll();

    /// <summary>0, or the negative error number: the set of all watched descriptors of a user has a limit.</summary>
    public int Add(int descriptor, EpollFlags flags, ulong token) => Libc.ControlEpoll(Handle, EpollOperation.Add, descriptor, flags, token);

    /// <summary>Changes what is watched. When it is the case already, the next wait reports it: nothing can slip through in between.</summary>
    public void Modify(int descriptor, EpollFlags flags, ulong token) =>
        Libc.Check(Libc.ControlEpoll(Handle, EpollOperation.Modify, descriptor, flags, token), "epoll_ctl");

    /// <summary>Puts a connection into the set, edge-triggered: 0, or the negative error number.</summary>
    public int AddConnection(int descriptor, ConnectionId id, bool output) =>
        Add(descriptor, output ? ConnectionFlags | EpollFlags.Out : ConnectionFlags, EventToken.Of(id));

    /// <summary>Turns the notice of room for a connection's output on or off.</summary>
    public void WatchConnection(int descriptor, ConnectionId id, bool output) =>
        Modify(descriptor, output ? ConnectionFlags | EpollFlags.Out : ConnectionFlags, EventToken.Of(id));

    /// <summary>Waits and returns the number of events, which <see cref="Event"/> gives.</summary>
    public int Wait(int timeoutMs) => Libc.WaitEpoll(Handle, _events, timeoutMs);

    public EpollFlags Event(int index, out ulong token)
    {
        token = EpollEventLayout.Current.Data(_events, index);
        return EpollEventLayout.Current.Flags(_events, index);
    }

    public void Dispose() => Handle.Dispose();
}
