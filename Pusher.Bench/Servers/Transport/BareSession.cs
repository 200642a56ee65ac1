using Pusher.Transport;

namespace Pusher.Bench.Servers.Transport;

/// <summary>What a reactor knows of one connection; <c>default</c> = nothing was read of it.</summary>
internal struct BareSession
{
    public ConnectionId Connection;

    /// <summary>The device's number plus 1; 0 = it has said no HELLO.</summary>
    public int Device;

    public bool IsPublisher;

    public bool IsLive;

    public uint Stream;

    public ulong Seq;
}
