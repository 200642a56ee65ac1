using System.Buffers;

namespace Pusher.Router.Dispatch;

/// <summary>
/// A publish whose object and payload buffer are used again for the next one. The buffer belongs to the object: the ingress copies the payload in, the
/// store reads it, the doorbell copies it out, and only then may it change. One that never comes back to its pool is left to the collector.
/// </summary>
/// <remarks>Threading: as the base; taken from the pool by the ingress, put back on the thread that decides.</remarks>
public abstract class PooledPublishOperation : PublishOperation
{
    /// <summary>A longer payload borrows its buffer for one publish: else a few big ones would leave every object big.</summary>
    private const int OwnBytesMax = 4096;

    private byte[] _own = [];
    private byte[]? _borrowed;
    private int _isOut;

    /// <summary>Copies the payload into the object's buffer.</summary>
    public void CopyPayload(in ReadOnlySequence<byte> payload)
    {
        var length = (int)payload.Length;
        var buffer = BufferFor(length);
        payload.CopyTo(buffer);
        Payload = buffer.AsMemory(0, length);
    }

    /// <summary>Copies the payload into the object's buffer.</summary>
    public void CopyPayload(ReadOnlySpan<byte> payload)
    {
        var buffer = BufferFor(payload.Length);
        payload.CopyTo(buffer);
        Payload = buffer.AsMemory(0, payload.Length);
    }

    internal void TakeOut()
    {
        if (Interlocked.Exchange(ref _isOut, 1) != 0)
        {
            throw new InvalidOperationException("A publish was given out twice.");
        }
    }

    /// <exception cref="InvalidOperationException">It was put back before: a defect of who holds it.</exception>
    internal void PutBack()
    {
        if (Interlocked.Exchange(ref _isOut, 0) != 1)
        {
            throw new InvalidOperationException("A publish was put back twice.");
        }

        Reset();
        if (_borrowed is { } borrowed)
        {
            _borrowed = null;
            ArrayPool<byte>.Shared.Return(borrowed);
        }
    }

    private byte[] BufferFor(int length)
    {
        if (length > OwnBytesMax)
        {
            return _borrowed ??= ArrayPool<byte>.Shared.Rent(length);
        }

        if (_own.Length < length)
        {
            _own = GC.AllocateUninitializedArray<byte>(Math.Max(256, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)length)));
        }

        return _own;
    }
}
