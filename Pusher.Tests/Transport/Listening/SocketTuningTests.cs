using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Pusher.Transport;
using Pusher.Transport.Listening;
using Xunit;

namespace Pusher.Tests.Transport.Listening;

public sealed class SocketTuningTests
{
    [Fact]
    public void ApplyToListener_AcceptedSockets_HaveTheOptions()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "inheritance of socket options is Linux's");
        TransportOptions options = new() { TcpUserTimeoutMs = 12_345, SendBufferBytes = 50_000 };
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SocketTuning.ApplyToListener(listener, options, NullLogger.Instance);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        using Socket accepted = listener.Accept();
        SocketTuning.ApplyToAccepted(accepted, options);
        Assert.True(accepted.NoDelay);
        Assert.False(accepted.Blocking);
        Assert.Equal(12_345, SocketTuning.UserTimeoutOf(accepted));

        // The kernel doubles the size for its bookkeeping (socket(7)).
        Assert.Equal(100_000, accepted.SendBufferSize);
    }
}
