namespace Pusher.Transport.Buffers;

/// <summary>
/// Memory of one reactor for what has to wait: output the kernel has not taken, input that is not a whole frame yet. Segments come in
/// sizes of 1, 4, 16, 64 and 256 KiB; a chain takes the next larger size each time it grows, so that a small message costs 1 KiB and a
/// large backlog few system calls. The arrays are pinned, so that they can be handed to the kernel by address.
/// </summary>
internal sealed class BufferPool
{
    private const int SmallestBytes = 1024;
    private const int SizeClasses = 5;
    private const int ChainsKept = 4096;

    /// <summary>Bytes kept per size class; what comes back above goes to the garbage collector, so that one burst is not held for ever.</summary>
    private const int BytesKept = 8 * 1024 * 1024;

    private readonly Stack<BufferSegment>[] _segments = new Stack<BufferSegment>[SizeClasses];
    private readonly Stack<BufferChain> _chains = new();

    public BufferPool()
    {
        for (int i = 0; i < SizeClasses; i++)
        {
            _segments[i] = new Stack<BufferSegment>();
        }
    }

    /// <summary>Chains and segments that are in use now: what tests look at for leaks.</summary>
    public int SegmentsOut { get; private set; }

    public int ChainsOut { get; private set; }

    public BufferChain RentChain()
    {
        ChainsOut++;
        return _chains.TryPop(out BufferChain? chain) ? chain : new BufferChain(this);
    }

    /// <summary>Takes a chain and all its segments back. The caller must not use it again.</summary>
    public void Return(BufferChain chain)
    {
        chain.Clear();
        ChainsOut--;
        if (_chains.Count < ChainsKept)
        {
            _chains.Push(chain);
        }
    }

    /// <param name="bytes">Room that is needed at least.</param>
    /// <param name="previous">The segment that this one will follow, if any.</param>
    public BufferSegment RentSegment(int bytes, BufferSegment? previous)
    {
        SegmentsOut++;
        int sizeClass = previous is null ? 0 : Math.Min(Math.Max(previous.SizeClass, 0) + 1, SizeClasses - 2);
        while (sizeClass < SizeClasses && SizeOf(sizeClass) < bytes)
        {
            sizeClass++;
        }

        if (sizeClass == SizeClasses)
        {
            return new BufferSegment(GC.AllocateUninitializedArray<byte>(bytes, pinned: true), BufferSegment.Unpooled);
        }

        return _segments[sizeClass].TryPop(out BufferSegment? segment)
            ? segment
            : new BufferSegment(GC.AllocateUninitializedArray<byte>(SizeOf(sizeClass), pinned: true), sizeClass);
    }

    public void Return(BufferSegment segment)
    {
        SegmentsOut--;
        segment.Reset();
        if (segment.SizeClass != BufferSegment.Unpooled && _segments[segment.SizeClass].Count < BytesKept / SizeOf(segment.SizeClass))
        {
            _segments[segment.SizeClass].Push(segment);
        }
    }

    private static int SizeOf(int sizeClass) => SmallestBytes << (2 * sizeClass);
}
