using System.Buffers;

namespace Pusher.Bench.Suites.Parts;

/// <summary>An output that is always the same place: what is written is overwritten by the next.</summary>
internal sealed class FixedOutput(int bytes) : IBufferWriter<byte>
{
    private readonly byte[] _buffer = new byte[bytes];

    /// <summary>Bytes of the last write.</summary>
    public int Written { get; private set; }

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Written);

    public void Advance(int count) => Written = count;

    public Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

    public Span<byte> GetSpan(int sizeHint = 0) => _buffer;
}
