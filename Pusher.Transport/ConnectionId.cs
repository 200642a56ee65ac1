namespace Pusher.Transport;

/// <summary>
/// A connection of one reactor: a slot in its table and the slot's generation, so that a token outlives its connection
/// without ever meaning the next one in the same slot. Slots are small, dense numbers: keep what belongs to a connection in an
/// array indexed by slot. <c>default</c> is never a live connection (generations start at 1).
/// </summary>
public readonly record struct ConnectionId(int Slot, uint Generation);
