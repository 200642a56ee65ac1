using System.Net.Sockets;

namespace Pusher.Transport.Saea;

/// <summary>A receive of zero bytes: completes when there is something to read, and holds no buffer until then.</summary>
/// <remarks>Threading: the completion comes on a thread of the runtime and only notifies the loop.</remarks>
internal sealed class ReceiveOperation : SocketAsyncEventArgs
{
    private readonly SaeaConnection _connection;

    public ReceiveOperation(SaeaConnection connection)
        : base(true) // Unsafe: no execution context is captured, the completion only notifies.
    {
        _connection = connection;
        SetBuffer(Memory<byte>.Empty);
    }

    protected override void OnCompleted(SocketAsyncEventArgs e) => _connection.Complete(Completions.Receive);
}
