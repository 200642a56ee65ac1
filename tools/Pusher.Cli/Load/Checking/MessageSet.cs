namespace Pusher.Cli.Load.Checking;

/// <summary>A set of message counters from 0, one bit each, in pages that are made when they are touched.</summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class MessageSet
{
    private const int PageBits = 1 << 20;
    private const int WordBits = 64;
    private readonly ulong[]?[] _pages = new ulong[]?[1 << 16];

    /// <summary>One more than the largest counter there can be.</summary>
    public static long Capacity => (long)PageBits << 16;

    /// <summary>False when it was in the set before.</summary>
    public bool Add(long counter)
    {
        var page = PageOf(counter);
        var bit = 1UL << (int)(counter % WordBits);
        return (Interlocked.Or(ref page[counter % PageBits / WordBits], bit) & bit) == 0;
    }

    public bool Contains(long counter)
        => Volatile.Read(ref _pages[counter / PageBits]) is { } page && (Volatile.Read(ref page[counter % PageBits / WordBits]) & (1UL << (int)(counter % WordBits))) != 0;

    private ulong[] PageOf(long counter)
    {
        ref var page = ref _pages[counter / PageBits];
        return Volatile.Read(ref page) ?? Interlocked.CompareExchange(ref page, new ulong[PageBits / WordBits], null) ?? page!;
    }
}
