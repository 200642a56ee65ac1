using Pusher.Core.Identity;

using Pusher.Router.Cache;

namespace Pusher.Router.Routes;

/// <summary>Where a device is connected.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Epoch">The session epoch: grows with every login of the device, never goes back.</param>
/// <param name="SinceUnixMs">When it logged in.</param>
/// <param name="Order">Which of its client's logins that was.</param>
public readonly record struct Route(string Node, ulong Epoch, long SinceUnixMs, LoginOrder Order)
{
    /// <summary>Ends with the node's lease, and makes the route void. Null: the node is this one, or there are no leases.</summary>
    public Lifetime? NodeLifetime { get; init; }

    /// <summary>By node, login and client: two readers of one route have equal ones.</summary>
    public bool Equals(Route other) => Node == other.Node && Epoch == other.Epoch && SinceUnixMs == other.SinceUnixMs && Order == other.Order;

    /// <inheritdoc/>
    public override int GetHashCode() => Epoch.GetHashCode();
}
