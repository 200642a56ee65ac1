using Pusher.Core.Identity;

namespace Pusher.Router.Routes;

/// <summary>
/// A part of a <see cref="DeviceMap{TValue}"/>: a chained hash table whose entries stand in pages, so that growing moves no entry and leaves no
/// half-empty array behind; only the array of chain heads, 4 bytes an entry, is made anew.
/// </summary>
/// <remarks>Threading: under <see cref="Gate"/>, except <see cref="Count"/>.</remarks>
internal sealed class DeviceStripe<TValue>
    where TValue : struct
{
    /// <summary>No entry. Entries count from 1, so that a fresh array of chain heads is an empty one.</summary>
    public const int None = 0;

    private const int PageBits = 5;
    private const int PageSize = 1 << PageBits;
    private const int BucketsMin = 16;

    private readonly List<Entry[]> _pages = [];
    private int[] _buckets = new int[BucketsMin];
    private int _firstFree;
    private int _used;
    private int _count;

    /// <summary>Held while the stripe is read or changed.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Entries that hold a value.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The device's entry, or <see cref="None"/>.</summary>
    public int Find(scoped in DeviceKey device, uint hash)
    {
        for (var link = Bucket(hash); link != None; link = At(link).Next)
        {
            ref var entry = ref At(link);
            if (entry.Hash == hash && entry.Device == device)
            {
                return link;
            }
        }

        return None;
    }

    /// <summary>The value of an entry.</summary>
    public ref TValue ValueOf(int entry) => ref At(entry).Value;

    /// <summary>A new entry for a device that has none.</summary>
    public int Add(scoped in DeviceKey device, uint hash)
    {
        if (_count == _buckets.Length)
        {
            Rehash();
        }

        var link = TakeFree();
        ref var entry = ref At(link);
        ref var bucket = ref Bucket(hash);
        entry.Device = device;
        entry.Hash = hash;
        entry.Next = bucket;
        bucket = link;
        Volatile.Write(ref _count, _count + 1);
        return link;
    }

    /// <summary>Removes the entry of a device that has one.</summary>
    public void Remove(scoped in DeviceKey device, uint hash)
    {
        ref var link = ref Bucket(hash);
        while (At(link).Hash != hash || At(link).Device != device)
        {
            link = ref At(link).Next;
        }

        var removed = link;
        ref var entry = ref At(removed);
        link = entry.Next;
        entry = default; // lets go of what it refers to
        entry.Next = _firstFree;
        _firstFree = removed;
        Volatile.Write(ref _count, _count - 1);
    }

    /// <summary>Adds every device and its value to a list.</summary>
    public void AddTo(List<KeyValuePair<DeviceKey, TValue>> list)
    {
        for (var link = 1; link <= _used; link++)
        {
            ref var entry = ref At(link);
            if (entry.Device != default) // not a free one
            {
                list.Add(new KeyValuePair<DeviceKey, TValue>(entry.Device, entry.Value));
            }
        }
    }

    private ref int Bucket(uint hash) => ref _buckets[hash & (uint)(_buckets.Length - 1)];

    private ref Entry At(int link) => ref _pages[(link - 1) >> PageBits][(link - 1) & (PageSize - 1)];

    private int TakeFree()
    {
        if (_firstFree != None)
        {
            var link = _firstFree;
            _firstFree = At(link).Next;
            return link;
        }

        if (_used >> PageBits == _pages.Count)
        {
            _pages.Add(new Entry[PageSize]);
        }

        return ++_used;
    }

    // Only when every entry ever used is in a chain: the free list is empty whenever the count has reached a new height.
    private void Rehash()
    {
        _buckets = new int[_buckets.Length * 2];
        for (var link = 1; link <= _used; link++)
        {
            ref var entry = ref At(link);
            ref var bucket = ref Bucket(entry.Hash);
            entry.Next = bucket;
            bucket = link;
        }
    }

    private struct Entry
    {
        public DeviceKey Device;
        public uint Hash;
        public int Next;
        public TValue Value;
    }
}
