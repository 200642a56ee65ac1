namespace Pusher.Bench.Servers.Floor;

/// <summary>A PUSH that lies ready to be sent.</summary>
internal struct FloorFrame
{
    public int Device;

    public int Start;

    public int Length;

    /// <summary>The next one for the same device, as its number plus 1; 0 = none.</summary>
    public int Next;
}
