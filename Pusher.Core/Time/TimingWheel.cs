using System.Numerics;

namespace Pusher.Core.Time;

/// <summary>
/// Deadlines for dense timer numbers (a connection's slot, say) on a hashed timing wheel (Varghese and Lauck, 1987, scheme 6).
/// A timer has one deadline. It fires in the first <see cref="Advance"/> at or after its deadline, rounded up to a tick: never
/// early, at most one tick late; a deadline that had passed when it was set fires one tick later. No object, task or closure per
/// timer: 24 bytes in a table that grows by pages.
/// </summary>
/// <remarks>
/// Moving a deadline back (a heartbeat on each frame) is one store: the timer stays in its slot and is moved when the wheel comes
/// to it. The same holds for a deadline beyond one turn of the wheel, so make a turn (slots times tick) longer than the usual
/// deadline. Times are monotonic milliseconds; a time before an earlier one counts as the earlier.
/// </remarks>
public sealed class TimingWheel
{
    private readonly TimerLists _lists; // one per slot, and one for the timers that are due
    private readonly int _dueList;
    private readonly int _slots;
    private readonly int _tickMs;
    private long _tick; // the last one whose slot was emptied

    /// <param name="slots">Slots of the wheel: a power of two from 2 to 1,048,576.</param>
    /// <param name="tickMs">Milliseconds of a slot, from 1.</param>
    /// <param name="nowMs">The time now, from 0.</param>
    public TimingWheel(int slots, int tickMs, long nowMs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slots, 1 << 20);
        ArgumentOutOfRangeException.ThrowIfNotEqual(BitOperations.IsPow2(slots), true, nameof(slots));
        ArgumentOutOfRangeException.ThrowIfLessThan(tickMs, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(nowMs);
        _lists = new TimerLists(slots + 1);
        _dueList = slots;
        _slots = slots;
        _tickMs = tickMs;
        _tick = nowMs / tickMs;
    }

    /// <summary>Timers that are scheduled.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Timers looked at so far because the wheel came to their slot: those that were due, those whose deadline had been moved back, and those of a later turn.
    /// </summary>
    public long Visits { get; private set; }

    /// <summary>True when the timer has a deadline that was not handed over yet.</summary>
    public bool IsScheduled(int timer) => _lists.IsScheduled(timer);

    /// <summary>Sets the timer's deadline, or moves it.</summary>
    /// <param name="timer">Its number, from 0. The table grows to the highest number used.</param>
    /// <param name="dueMs">The deadline; may have passed, may be any time to come.</param>
    public void Schedule(int timer, long dueMs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(timer);
        var dueTick = Math.Max(FirstTickFrom(dueMs), _tick + 1);
        _lists.EnsureCapacity(timer);
        ref var node = ref _lists[timer];
        node.DueTick = dueTick;
        if (node.List == TimerNode.NoList)
        {
            Count++;
        }
        else if (node.List != _dueList && VisitTick(node.List) <= dueTick)
        {
            return; // Comes by in time to be moved.
        }
        else
        {
            _lists.Remove(timer);
        }

        _lists.Append(SlotOf(dueTick), timer);
    }

    /// <summary>Takes the timer's deadline away; false when it had none.</summary>
    public bool Cancel(int timer)
    {
        if (!_lists.IsScheduled(timer))
        {
            return false;
        }

        _lists.Remove(timer);
        Count--;
        return true;
    }

    /// <summary>
    /// Hands over what is due, in the order of the deadlines' ticks, at most <paramref name="budget"/> timers; the rest comes with
    /// the next call. Touches the slots that time has passed over, nothing else. After a jump of more than one turn, order is
    /// kept within a turn only.
    /// </summary>
    /// <returns>How many timers were handed over.</returns>
    public int Advance<TSink>(long nowMs, ref TSink sink, int budget)
        where TSink : struct, ITimerSink
    {
        var nowTick = nowMs / _tickMs;
        _tick = Math.Max(_tick, nowTick - _slots); // Each slot need be visited only once.
        var fired = 0;
        while (true)
        {
            while (!_lists.IsEmpty(_dueList))
            {
                if (fired >= budget)
                {
                    return fired;
                }

                var timer = _lists.First(_dueList);
                _lists.Remove(timer);
                Count--;
                fired++;
                sink.OnDue(timer);
            }

            var next = NextOccupiedTick();
            if (next < 0 || next > nowTick)
            {
                _tick = Math.Max(_tick, nowTick);
                return fired;
            }

            _tick = next;
            CollectDue(SlotOf(next));
        }
    }

    /// <summary>
    /// For how long nothing can become due, in milliseconds: 0 = call <see cref="Advance"/> now, -1 = nothing is scheduled. It may
    /// be less than the time to the next deadline, when that was moved back or is more than a turn away, and is never more.
    /// Looks at one bit per slot and at no timer.
    /// </summary>
    public int MsUntilNext(long nowMs)
    {
        if (!_lists.IsEmpty(_dueList))
        {
            return 0;
        }

        var next = NextOccupiedTick();
        return next < 0 ? -1 : (int)Math.Clamp((next * _tickMs) - nowMs, 0, int.MaxValue);
    }

    private int SlotOf(long tick) => (int)(tick & (_slots - 1));

    /// <summary>The next tick at which the wheel comes by a slot.</summary>
    private long VisitTick(int slot) => _tick + 1 + ((slot - (_tick + 1)) & (_slots - 1));

    private long FirstTickFrom(long ms)
    {
        var (tick, rest) = Math.DivRem(Math.Max(ms, 0), (long)_tickMs);
        return rest == 0 ? tick : tick + 1;
    }

    /// <summary>The next tick whose slot holds a timer, at most one turn ahead; -1 = there is none.</summary>
    private long NextOccupiedTick()
    {
        var start = SlotOf(_tick + 1);
        var slot = _lists.FindOccupied(start, _slots);
        if (slot < 0)
        {
            slot = _lists.FindOccupied(0, start);
        }

        return slot < 0 ? -1 : VisitTick(slot);
    }

    /// <summary>Moves what is due at this tick to the due list, and what was moved back to its slot.</summary>
    private void CollectDue(int slot)
    {
        var last = _lists.Last(slot);
        var timer = _lists.First(slot);
        while (true)
        {
            var current = timer;
            Visits++;
            ref var node = ref _lists[current];
            timer = node.Next;
            var list = node.DueTick <= _tick ? _dueList : SlotOf(node.DueTick);
            if (list != slot)
            {
                _lists.Remove(current);
                _lists.Append(list, current);
            }

            if (current == last)
            {
                return;
            }
        }
    }
}
