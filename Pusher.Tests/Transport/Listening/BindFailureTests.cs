using System.Net;
using System.Net.Sockets;
using Pusher.Transport;
using Pusher.Transport.Listening;
using Xunit;

namespace Pusher.Tests.Transport.Listening;

public sealed class BindFailureTests
{
    [Theory]
    [InlineData(SocketError.AddressAlreadyInUse, "in use", "choose another port")]
    [InlineData(SocketError.AccessDenied, "no permission", "choose a port above")]
    [InlineData(SocketError.AddressNotAvailable, "not one of this machine", "0.0.0.0")]
    [InlineData(SocketError.TooManyOpenSockets, "no file descriptor", "ulimit -n")]
    [InlineData(SocketError.NetworkDown, "NetworkDown", "NetworkDown")]
    public void Explain_EachCause_NamesAddressCauseAndRemedy(SocketError error, string cause, string remedy)
    {
        TransportBindException explained = BindFailure.Explain(new IPEndPoint(IPAddress.Parse("10.1.2.3"), 80), new SocketException((int)error));
        Assert.Contains("10.1.2.3:80", explained.Message, StringComparison.Ordinal);
        Assert.Contains(cause, explained.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, explained.Message, StringComparison.Ordinal);
        Assert.IsType<SocketException>(explained.InnerException);
    }
}
