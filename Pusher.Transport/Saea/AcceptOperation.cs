using System.Net.Sockets;

namespace Pusher.Transport.Saea;

/// <summary>The pending accept of a listener.</summary>
/// <remarks>Threading: completes on a thread of the runtime; there is one at a time.</remarks>
internal sealed class AcceptOperation(SaeaListener listener) : SocketAsyncEventArgs(true)
{
    protected override void OnCompleted(SocketAsyncEventArgs e) => listener.OnCompleted();
}
