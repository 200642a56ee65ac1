using System.Net.Sockets;

namespace Pusher.Transport.Saea;

/// <summary>A send that waits for room in the kernel's buffer. Pooled by the loop; a connection has one only while it waits.</summary>
/// <remarks>Threading: the completion comes on a thread of the runtime and only notifies the loop.</remarks>
internal sealed class SendOperation() : SocketAsyncEventArgs(true)
{
    public SaeaConnection? Connection { get; set; }

    protected override void OnCompleted(SocketAsyncEventArgs e) => Connection!.Complete(Completions.Send);
}
