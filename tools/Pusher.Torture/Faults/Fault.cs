namespace Pusher.Torture.Faults;

/// <summary>One planned fault.</summary>
/// <param name="AtMs">When, from the begin of the load.</param>
/// <param name="Kind">What.</param>
/// <param name="Target">The node or the pair of clients, from 0; 0 for those of which there is one.</param>
/// <param name="HoldMs">How long it lasts: down, frozen or flapping.</param>
internal readonly record struct Fault(int AtMs, FaultKind Kind, int Target, int HoldMs);
