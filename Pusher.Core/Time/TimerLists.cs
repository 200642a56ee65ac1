using System.Numerics;
using Pusher.Core.Collections;

namespace Pusher.Core.Time;

/// <summary>
/// A fixed number of first-in-first-out lists of timers, linked through one table, and a bit per list that is not empty.
/// A timer is in one list or in none.
/// </summary>
internal sealed class TimerLists
{
    private const int Empty = -1;

    private readonly int[] _heads;
    private readonly ulong[] _occupied;
    private readonly PagedArray<TimerNode> _nodes = new(new TimerNode { List = TimerNode.NoList });

    public TimerLists(int count)
    {
        _heads = new int[count];
        _heads.AsSpan().Fill(Empty);
        _occupied = new ulong[(count + 63) / 64];
    }

    /// <summary>The timer's node.</summary>
    public ref TimerNode this[int timer] => ref _nodes[timer];

    public bool IsScheduled(int timer) => (uint)timer < (uint)_nodes.Length && _nodes[timer].List != TimerNode.NoList;

    public bool IsEmpty(int list) => _heads[list] == Empty;

    /// <summary>The first timer of a list that is not empty.</summary>
    public int First(int list) => _heads[list];

    /// <summary>The last timer of a list that is not empty.</summary>
    public int Last(int list) => _nodes[_heads[list]].Previous;

    public void EnsureCapacity(int timer) => _nodes.EnsureCapacity(timer);

    /// <summary>Puts a timer that is in no list at the end of one.</summary>
    public void Append(int list, int timer)
    {
        ref var node = ref _nodes[timer];
        ref var head = ref _heads[list];
        if (head == Empty)
        {
            head = node.Next = node.Previous = timer;
            _occupied[list >> 6] |= 1UL << list;
        }
        else
        {
            ref var first = ref _nodes[head];
            node.Next = head;
            node.Previous = first.Previous;
            _nodes[first.Previous].Next = timer;
            first.Previous = timer;
        }

        node.List = list;
    }

    /// <summary>Takes a timer out of the list that it is in.</summary>
    public void Remove(int timer)
    {
        ref var node = ref _nodes[timer];
        ref var head = ref _heads[node.List];
        if (node.Next == timer)
        {
            head = Empty;
            _occupied[node.List >> 6] &= ~(1UL << node.List);
        }
        else
        {
            _nodes[node.Previous].Next = node.Next;
            _nodes[node.Next].Previous = node.Previous;
            if (head == timer)
            {
                head = node.Next;
            }
        }

        node.List = TimerNode.NoList;
    }

    /// <summary>The first list from <paramref name="from"/> up to, not including, <paramref name="end"/> that is not empty; -1 = none.</summary>
    public int FindOccupied(int from, int end)
    {
        while (from < end)
        {
            var word = _occupied[from >> 6] >> from;
            if (word != 0)
            {
                var found = from + BitOperations.TrailingZeroCount(word);
                return found < end ? found : -1;
            }

            from = (from | 63) + 1;
        }

        return -1;
    }
}
