namespace Pusher.Bench.Servers.Floor;

/// <summary>What is known of one descriptor. <c>default</c> is a connection of which nothing has been read.</summary>
internal struct FloorConnection
{
    /// <summary>The device's number plus 1; 0 = it has said no HELLO.</summary>
    public int Device;

    /// <summary>The beginning of a frame whose end has not come.</summary>
    public byte[]? Rest;

    /// <summary>What the kernel did not take.</summary>
    public FloorBacklog? Backlog;

    /// <summary>Set when it is no device but a publisher.</summary>
    public FloorPublisher? Publisher;
}
