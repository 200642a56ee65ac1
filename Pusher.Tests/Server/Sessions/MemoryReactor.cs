using System.Buffers;
using Pusher.Core.Protocol;
using Pusher.Transport;

namespace Pusher.Tests.Server.Sessions;

/// <summary>A reactor without sockets, threads or clock: keeps what is written until the test takes it, and costs nothing per connection.</summary>
internal sealed class MemoryReactor : IReactor
{
    private readonly ArrayBufferWriter<byte> _written = new(64 * 1024);

    public int Index => 0;

    public int ConnectionCount => 0;

    /// <summary>The test's clock.</summary>
    public long NowMs { get; set; }

    /// <summary>Connections the handler has closed.</summary>
    public int Closes { get; private set; }

    /// <summary>What was written since the last <see cref="Clear"/>, to whichever connection.</summary>
    public ReadOnlySpan<byte> Written => _written.WrittenSpan;

    public void Clear() => _written.ResetWrittenCount();

    public IBufferWriter<byte> Output(ConnectionId connection) => _written;

    public SendOutcome TrySend(ConnectionId connection, ReadOnlySpan<byte> frame, long backlogBytesMax)
    {
        _written.Write(frame);
        return SendOutcome.Taken;
    }

    public long OutputBacklogBytes(ConnectionId connection) => 0;

    public void Close(ConnectionId connection, CloseReason reason) => Closes++;

    public void Wake()
    {
        // The test takes the turns.
    }
}
