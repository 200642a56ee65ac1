using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pusher.Core.Collections;

/// <summary>
/// An array for dense numbers that grows by a page at a time. Growing moves nothing, so references stay good, no copy stalls the thread, and no
/// more than a page is ever empty: an array that doubles is half empty at its worst, and leaves its halves behind as garbage.
/// </summary>
/// <remarks>Threading: one thread at a time.</remarks>
/// <typeparam name="T">The elements; kept inline.</typeparam>
public sealed class PagedArray<T>
    where T : struct
{
    /// <summary>Elements of a page. 1,024 of at most 83 bytes stay below the large object heap's 85,000.</summary>
    public const int PageSize = 1 << PageBits;

    private const int PageBits = 10;

    private readonly T _initial;
    private T[][] _pages = [];

    /// <param name="initial">What an element is before it is first set.</param>
    public PagedArray(T initial = default)
    {
        _initial = initial;
    }

    /// <summary>Elements there are; a multiple of <see cref="PageSize"/>.</summary>
    public int Length { get; private set; }

    /// <summary>An element, from 0 to <see cref="Length"/> - 1.</summary>
    public ref T this[int index] => ref _pages[index >> PageBits][index & (PageSize - 1)];

    /// <summary>Grows until there is an element with this index, from 0.</summary>
    public void EnsureCapacity(int index)
    {
        if (index >= Length)
        {
            Grow(index);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int index)
    {
        var first = Length >> PageBits;
        var last = index >> PageBits;
        if (last >= _pages.Length)
        {
            Array.Resize(ref _pages, (int)BitOperations.RoundUpToPowerOf2((uint)last + 1));
        }

        for (var page = first; page <= last; page++)
        {
            _pages[page] = new T[PageSize];
            _pages[page].AsSpan().Fill(_initial);
        }

        Length = (last + 1) << PageBits;
    }
}
