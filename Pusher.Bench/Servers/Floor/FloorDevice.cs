namespace Pusher.Bench.Servers.Floor;

/// <summary>A device that has logged in once.</summary>
internal struct FloorDevice
{
    /// <summary>Its connection; -1 = offline.</summary>
    public int Descriptor;

    /// <summary>Another one for each login, so that every connection counts from 1.</summary>
    public uint Stream;

    public ulong Seq;
}
