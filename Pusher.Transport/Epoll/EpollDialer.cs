using System.Net;
using Microsoft.Extensions.Logging;
using Pusher.Core.Protocol;
using Pusher.Transport.Connections;
using Pusher.Transport.Interop;

namespace Pusher.Transport.Epoll;

/// <summary>Opens connections of one loop.</summary>
internal sealed class EpollDialer(EpollLoop loop, IReactorHandler handler, TransportOptions options, ILogger logger)
{
    private const int LevelSocket = 1;
    private const int LevelIp = 0;
    private const int LevelTcp = 6;
    private const int SocketErrorOption = 4;
    private const int SendBufferOption = 7;
    private const int NoDelayOption = 1;
    private const int UserTimeoutOption = 18;

    /// <summary>IP_BIND_ADDRESS_NO_PORT of ip(7): the port is drawn when the remote is known, so that it need only be unique towards that.</summary>
    private const int BindAddressNoPortOption = 24;

    private readonly IReactorClientHandler? _handler = handler as IReactorClientHandler;

    public ConnectionId Connect(IPEndPoint remote, IPEndPoint? source)
    {
        if (_handler is null)
        {
            throw new InvalidOperationException($"A handler that connects implements {nameof(IReactorClientHandler)}.");
        }

        int descriptor = Libc.OpenSocket(NativeAddress.FamilyOf(remote));
        int result = descriptor < 0 ? descriptor : Begin(descriptor, remote, source);
        ConnectionId id = loop.Track(new EpollConnection { Descriptor = descriptor, Phase = ConnectionPhase.Connecting, Outgoing = true });
        ref EpollConnection connection = ref loop.Connections[id.Slot];

        // Watched after connect was called: before that, a new socket counts as hung up.
        if (result is 0 or -Errno.InProgress)
        {
            result = loop.Set.AddConnection(descriptor, id, output: true);
        }

        if (result < 0)
        {
            Fail(id, ref connection, -result);
        }

        return id;
    }

    /// <summary>The kernel told something of a connection that was not decided yet.</summary>
    public void OnReady(ConnectionId id, ref EpollConnection connection)
    {
        int result = Libc.GetOption(connection.Descriptor, LevelSocket, SocketErrorOption, out int error);
        if (result < 0 || error != 0)
        {
            Fail(id, ref connection, result < 0 ? -result : error);
            return;
        }

        connection.Phase = ConnectionPhase.Open;
        _handler!.OnConnected(id);

        // What came with the same event is not told again.
        loop.QueueRead(id, ref connection);
    }

    private int Begin(int descriptor, IPEndPoint remote, IPEndPoint? source)
    {
        Libc.SetOption(descriptor, LevelTcp, NoDelayOption, 1);
        if (options.TcpUserTimeoutMs > 0)
        {
            Libc.SetOption(descriptor, LevelTcp, UserTimeoutOption, options.TcpUserTimeoutMs);
        }

        if (options.SendBufferBytes > 0)
        {
            Libc.SetOption(descriptor, LevelSocket, SendBufferOption, options.SendBufferBytes);
        }

        if (source is not null)
        {
            if (source.Port == 0)
            {
                Libc.SetOption(descriptor, LevelIp, BindAddressNoPortOption, 1);
            }

            int bound = Libc.Bind(descriptor, source);
            if (bound < 0)
            {
                return bound;
            }
        }

        return Libc.Connect(descriptor, remote);
    }

    private void Fail(ConnectionId id, ref EpollConnection connection, int error)
    {
        logger.ConnectFailed(loop.Index, id.Slot, Libc.Describe(error));
        loop.Closer.Abort(id, ref connection, error == Errno.ConnectionRefused ? CloseReason.ConnectRefused : CloseReason.ConnectFailed);
    }
}
