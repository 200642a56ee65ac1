using System.Buffers;

namespace Pusher.Transport.Buffers;

/// <summary>
/// The one buffer that a reactor receives into, for all its connections. What a parser leaves of it is kept for its connection in a
/// pooled chain, and joined without a copy with what comes next.
/// </summary>
internal sealed class ReceiveBuffer
{
    private readonly BufferPool _pool;
    private readonly BufferSegment _segment;

    /// <param name="pool">Where kept bytes wait.</param>
    /// <param name="bytes">Size, and so the most that one read takes.</param>
    public ReceiveBuffer(BufferPool pool, int bytes)
    {
        _pool = pool;
        _segment = new BufferSegment(GC.AllocateUninitializedArray<byte>(bytes, pinned: true), BufferSegment.Unpooled);
    }

    public byte[] Array => _segment.Array;

    /// <summary>What a parser sees: the kept bytes, if any, and behind them the first <paramref name="received"/> bytes of this buffer.</summary>
    public ReadOnlySequence<byte> Join(BufferChain? kept, int received)
    {
        if (kept is null)
        {
            return new ReadOnlySequence<byte>(_segment.Array, 0, received);
        }

        _segment.End = received;
        return kept.Attach(_segment);
    }

    /// <summary>After <see cref="Join"/>: what has to be kept once the parser took <paramref name="consumed"/> bytes, or null.</summary>
    public BufferChain? Keep(BufferChain? kept, int received, long consumed)
    {
        long before = kept?.Length ?? 0;
        kept?.Detach();
        if (kept is not null && consumed >= before)
        {
            _pool.Return(kept);
            kept = null;
        }
        else
        {
            kept?.Consume(consumed);
        }

        int from = (int)Math.Max(consumed - before, 0);
        if (from < received)
        {
            kept ??= _pool.RentChain();
            kept.Append(_segment.Array.AsSpan(from, received - from));
        }

        return kept;
    }
}
