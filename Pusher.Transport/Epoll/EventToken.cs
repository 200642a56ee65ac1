namespace Pusher.Transport.Epoll;

/// <summary>
/// What the kernel hands back with an event: slot and generation of the connection, never the bare descriptor, whose number is reused.
/// Generations of connections start at 1, so generation 0 is free for what is no connection.
/// </summary>
internal static class EventToken
{
    public const int WakerSlot = 0;
    public const int ListenerSlot = 1;

    public static ulong Of(ConnectionId connection) => ((ulong)connection.Generation << 32) | (uint)connection.Slot;

    public static ulong OfSpecial(int slot) => Of(new ConnectionId(slot, 0));

    public static ConnectionId ToConnection(ulong token) => new((int)(uint)token, (uint)(token >> 32));
}
