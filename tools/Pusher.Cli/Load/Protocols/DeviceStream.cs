namespace Pusher.Cli.Load.Protocols;

/// <summary>
/// The rule by which a device takes messages of a stream: the next seq is handed over, an earlier one was before, a later one is dropped
/// because the server sends again from the gap.
/// </summary>
internal struct DeviceStream
{
    /// <summary>0 = none yet.</summary>
    public uint Stream;

    /// <summary>Everything through this seq is handed over.</summary>
    public ulong Through;

    /// <summary>True when this one is to be handed over.</summary>
    public bool Take(ulong seq)
    {
        if (seq != Through + 1)
        {
            return false;
        }

        Through = seq;
        return true;
    }

    /// <summary>A range that will not come.</summary>
    public void Skip(ulong first, ulong last)
    {
        if (first <= Through + 1 && last > Through)
        {
            Through = last;
        }
    }
}
