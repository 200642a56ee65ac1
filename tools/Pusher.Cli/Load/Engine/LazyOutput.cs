using System.Buffers;
using Pusher.Transport;

namespace Pusher.Cli.Load.Engine;

/// <summary>The output of one connection, asked for at the first write only: a read that answers nothing costs no buffer and no flush.</summary>
/// <remarks>Threading: on the engine's thread only; good for one connection and one turn at a time.</remarks>
internal sealed class LazyOutput : IBufferWriter<byte>
{
    private IReactor? _reactor;
    private ConnectionId _connection;
    private IBufferWriter<byte>? _writer;

    /// <summary>From now on it writes to this connection.</summary>
    public LazyOutput Of(IReactor reactor, ConnectionId connection)
    {
        _reactor = reactor;
        _connection = connection;
        _writer = null;
        return this;
    }

    public void Advance(int count) => Writer.Advance(count);

    public Memory<byte> GetMemory(int sizeHint = 0) => Writer.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => Writer.GetSpan(sizeHint);

    private IBufferWriter<byte> Writer => _writer ??= _reactor!.Output(_connection);
}
