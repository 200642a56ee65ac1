namespace Pusher.Transport.Connections;

/// <summary>
/// Items by slot and generation. Slots are dense and reused, last freed first; the generation of a slot grows with each reuse, so that
/// an old id never finds the next item. Kept in pages, so that growing moves nothing and references stay good.
/// </summary>
internal sealed class SlotTable<T>
{
    private const int PageBits = 10;
    private const int PageSize = 1 << PageBits;
    private const int NoSlot = -1;

    private readonly List<Slot[]> _pages = [];
    private int _firstFree = NoSlot;
    private int _used;

    public int Count { get; private set; }

    /// <summary>One more than the highest slot ever used.</summary>
    public int SlotsUsed => _used;

    public ConnectionId Add(T item)
    {
        int index = _firstFree;
        if (index == NoSlot)
        {
            index = _used++;
            if (index >> PageBits == _pages.Count)
            {
                _pages.Add(new Slot[PageSize]);
            }
        }

        ref Slot slot = ref At(index);
        _firstFree = slot.Generation == 0 ? NoSlot : slot.NextFree;
        slot.Generation = slot.Generation == uint.MaxValue ? 1 : slot.Generation + 1;
        slot.Live = true;
        slot.Item = item;
        Count++;
        return new ConnectionId(index, slot.Generation);
    }

    public bool TryGet(ConnectionId id, out T item)
    {
        bool live = IsLive(id);
        item = live ? At(id.Slot).Item : default!;
        return live;
    }

    /// <summary>The item in a slot, to be changed in place; the slot must be live.</summary>
    public ref T this[int slot] => ref At(slot).Item;

    public bool IsLive(int slot) => (uint)slot < (uint)_used && At(slot).Live;

    /// <summary>Whether an id still means the item it was given for.</summary>
    public bool IsLive(ConnectionId id)
    {
        if ((uint)id.Slot >= (uint)_used)
        {
            return false;
        }

        ref Slot slot = ref At(id.Slot);
        return slot.Live && slot.Generation == id.Generation;
    }

    /// <summary>The id of what is in a slot.</summary>
    public ConnectionId IdOf(int slot) => new(slot, At(slot).Generation);

    public bool Remove(ConnectionId id)
    {
        if (!IsLive(id))
        {
            return false;
        }

        ref Slot slot = ref At(id.Slot);
        slot.Live = false;
        slot.Item = default!;
        slot.NextFree = _firstFree;
        _firstFree = id.Slot;
        Count--;
        return true;
    }

    private ref Slot At(int index) => ref _pages[index >> PageBits][index & (PageSize - 1)];

    private struct Slot
    {
        public T Item;
        public uint Generation;
        public int NextFree;
        public bool Live;
    }
}
