using Pusher.Transport;

namespace Pusher.Bench.Servers.Transport;

/// <summary>A connection of a reactor.</summary>
internal readonly record struct BarePlace(BareReactor? Reactor, ConnectionId Connection);
