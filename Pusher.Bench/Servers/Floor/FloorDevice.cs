namespace Pusher.Bench.Servers.Floor;

/// <summary>A device that has logged in once.</summary>
internal struct FloorDevice
{
    /// <summary>Its connection; -1 = offline.</summary>
    public int Descriptor;

    /// <summary>Another one for each login, so that every connection counts from 1.</summary>
    public uint Stream;

    public ulong Seq;

    /// <summary>The first of this read's messages for it, as a number in the publisher's list plus 1; 0 = none.</summary>
    public int FirstFrame;

    /// <summary>The last one, likewise.</summary>
    public int LastFrame;
}
