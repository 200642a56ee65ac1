using System.Buffers;
using System.Net;
using Pusher.Core.Protocol;
using Pusher.Transport.Buffers;
using Pusher.Transport.Connections;

namespace Pusher.Transport.Epoll;

/// <summary>What a handler sees of its loop.</summary>
/// <remarks>Threading: <see cref="Wake"/> from any thread; everything else on the loop's thread.</remarks>
internal sealed class EpollReactor(EpollLoop loop) : IReactorClient
{
    private readonly DiscardWriter _discard = new();

    public int Index => loop.Index;

    public long NowMs => loop.NowMs;

    public int ConnectionCount => loop.Connections.Count;

    public ConnectionId Connect(IPEndPoint remote, IPEndPoint? source) => loop.Dialer.Connect(remote, source);

    public IBufferWriter<byte> Output(ConnectionId connection)
    {
        if (loop.Connections.IsLive(connection))
        {
            ref EpollConnection found = ref loop.Connections[connection.Slot];
            if (found.Phase == ConnectionPhase.Open && found.Broken == CloseReason.None)
            {
                return loop.Sender.WriterFor(connection, ref found);
            }
        }

        return _discard;
    }

    public SendOutcome TrySend(ConnectionId connection, ReadOnlySpan<byte> frame, long backlogBytesMax)
    {
        if (loop.Connections.IsLive(connection))
        {
            ref EpollConnection found = ref loop.Connections[connection.Slot];
            if (found.Phase == ConnectionPhase.Open && found.Broken == CloseReason.None)
            {
                return loop.Sender.TrySend(connection, ref found, frame, backlogBytesMax);
            }
        }

        return SendOutcome.Gone;
    }

    public long OutputBacklogBytes(ConnectionId connection) =>
        loop.Connections.IsLive(connection) ? loop.Connections[connection.Slot].OutputBytes : 0;

    public void Close(ConnectionId connection, CloseReason reason)
    {
        if (reason == CloseReason.None)
        {
            throw new ArgumentOutOfRangeException(nameof(reason), "A connection is closed for a reason.");
        }

        if (loop.Connections.IsLive(connection))
        {
            loop.Closer.Begin(connection, ref loop.Connections[connection.Slot], reason);
        }
    }

    public void Wake() => loop.Waker.Notify();
}
