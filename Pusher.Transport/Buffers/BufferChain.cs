using System.Buffers;

namespace Pusher.Transport.Buffers;

/// <summary>
/// Bytes that wait, in pooled segments: written at the end, taken from the front. Rented from a <see cref="BufferPool"/> for as long as
/// there are bytes, so that an idle connection has none.
/// </summary>
internal sealed class BufferChain(BufferPool pool) : IBufferWriter<byte>
{
    private BufferSegment? _head;
    private BufferSegment? _tail;
    private int _start;

    public long Length { get; private set; }

    /// <summary>The first segment; null when the chain never held anything.</summary>
    public BufferSegment? Head => _head;

    /// <summary>Where the bytes begin in the first segment; in the others they begin at 0.</summary>
    public int Start => _start;

    /// <summary>The first bytes that lie together; empty only when the chain is.</summary>
    public Memory<byte> First
    {
        get
        {
            while (_head is { Successor: { } next } head && head.End == _start)
            {
                DropHead(head, next);
            }

            return _head is null ? default : _head.Array.AsMemory(_start, _head.End - _start);
        }
    }

    public void Advance(int count)
    {
        if (count < 0 || _tail is null || count > _tail.Room)
        {
            ThrowBadAdvance();
        }

        _tail!.End += count;
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        BufferSegment tail = Reserve(sizeHint);
        return tail.Array.AsMemory(tail.End);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        BufferSegment tail = Reserve(sizeHint);
        return tail.Array.AsSpan(tail.End);
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Span<byte> room = GetSpan();
            int count = Math.Min(room.Length, bytes.Length);
            bytes[..count].CopyTo(room);
            Advance(count);
            bytes = bytes[count..];
        }
    }

    /// <summary>Takes bytes from the front, at most <see cref="Length"/>.</summary>
    public void Consume(long count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)count, (ulong)Length, nameof(count));
        Length -= count;
        while (_head is { } head)
        {
            int here = (int)Math.Min(count, head.End - _start);
            _start += here;
            count -= here;
            if (_start < head.End || head.Successor is not { } next)
            {
                break;
            }

            DropHead(head, next);
        }

        if (Length == 0 && _head is not null)
        {
            _start = 0;
            _head.End = 0;
        }
    }

    /// <summary>
    /// The bytes of this chain with a segment of somebody else behind them, without a copy. The chain must not change until
    /// <see cref="Detach"/>.
    /// </summary>
    public ReadOnlySequence<byte> Attach(BufferSegment following)
    {
        long index = 0;
        for (BufferSegment? segment = _head; segment is not null; segment = segment.Successor)
        {
            segment.Seal(index);
            index += segment.End;
        }

        following.Seal(index);
        _tail!.Link(following);
        return new ReadOnlySequence<byte>(_head!, _start, following, following.End);
    }

    public void Detach() => _tail!.Link(null);

    /// <summary>Gives all segments back.</summary>
    public void Clear()
    {
        for (BufferSegment? segment = _head; segment is not null;)
        {
            BufferSegment? next = segment.Successor;
            pool.Return(segment);
            segment = next;
        }

        _head = _tail = null;
        _start = 0;
        Length = 0;
    }

    private BufferSegment Reserve(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        int needed = Math.Max(sizeHint, 1);
        return _tail is { } tail && tail.Room >= needed ? tail : Grow(needed);
    }

    private BufferSegment Grow(int needed)
    {
        if (Length == 0)
        {
            Clear();
        }

        BufferSegment segment = pool.RentSegment(needed, _tail);
        if (_tail is null)
        {
            _head = segment;
        }
        else
        {
            _tail.Link(segment);
        }

        _tail = segment;
        return segment;
    }

    private void DropHead(BufferSegment head, BufferSegment next)
    {
        _head = next;
        _start = 0;
        pool.Return(head);
    }

    private static void ThrowBadAdvance() =>
        throw new InvalidOperationException("Advance() goes beyond what GetSpan() or GetMemory() gave.");
}
