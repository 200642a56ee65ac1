namespace Pusher.Cli.Load.Checking;

/// <summary>Which of one publisher's messages a device has handed over: the last one, and the 64 before it one by one.</summary>
internal struct FanoutSeen
{
    private const int Depth = 64;
    private long _last;
    private ulong _before; // bit i: last - 1 - i

    public static FanoutSeen Nothing => new() { _last = -1 };

    /// <summary>False when it was handed over before.</summary>
    /// <param name="counter">Of the message.</param>
    /// <param name="isLate">True when a later one came before it.</param>
    public bool Take(long counter, out bool isLate)
    {
        isLate = counter < _last;
        if (counter == _last)
        {
            return false;
        }

        if (!isLate)
        {
            var step = counter - _last;
            _before = step > Depth ? 0 : (step == Depth ? 0 : _before << (int)step) | (_last < 0 ? 0 : 1UL << (int)(step - 1));
            _last = counter;
            return true;
        }

        var back = _last - 1 - counter;
        if (back >= Depth)
        {
            return true; // too far back to tell; it is out of order in any case
        }

        var isNew = (_before & (1UL << (int)back)) == 0;
        _before |= 1UL << (int)back;
        return isNew;
    }
}
