using System.Buffers;

namespace Pusher.Core.Buffers;

/// <summary>Writes into one array of a fixed size. Writing beyond it is a defect of the caller.</summary>
internal sealed class FixedBufferWriter(int capacity) : IBufferWriter<byte>
{
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(capacity);
    private int _written;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Volatile.Read(ref _written));

    public void Reset() => Volatile.Write(ref _written, 0);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - _written);
        Volatile.Write(ref _written, _written + count);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Require(sizeHint);
        return _bytes.AsMemory(_written);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Require(sizeHint);
        return _bytes.AsSpan(_written);
    }

    private void Require(int sizeHint)
        => ArgumentOutOfRangeException.ThrowIfGreaterThan(Math.Max(sizeHint, 1), _bytes.Length - _written, nameof(sizeHint));
}
