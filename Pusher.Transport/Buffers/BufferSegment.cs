using System.Buffers;

namespace Pusher.Transport.Buffers;

/// <summary>A pooled piece of memory in a chain. Bytes [0, End) are written; the rest is room.</summary>
internal sealed class BufferSegment : ReadOnlySequenceSegment<byte>
{
    /// <summary>Size class of a segment that belongs to no pool and is left to the garbage collector.</summary>
    public const int Unpooled = -1;

    public BufferSegment(byte[] array, int sizeClass)
    {
        Array = array;
        SizeClass = sizeClass;
    }

    public byte[] Array { get; }

    public int SizeClass { get; }

    public int End { get; set; }

    public int Room => Array.Length - End;

    public BufferSegment? Successor => (BufferSegment?)Next;

    public void Link(BufferSegment? next) => Next = next;

    /// <summary>Fixes what a <see cref="ReadOnlySequence{T}"/> sees of this segment.</summary>
    public void Seal(long runningIndex)
    {
        Memory = Array.AsMemory(0, End);
        RunningIndex = runningIndex;
    }

    public void Reset()
    {
        End = 0;
        Next = null;
        Memory = default;
        RunningIndex = 0;
    }
}
