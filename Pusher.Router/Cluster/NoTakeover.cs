using Pusher.Core.Identity;
using Pusher.Router.Routes;

namespace Pusher.Router.Cluster;

/// <summary>For a node that is alone: its own directory sees every login.</summary>
public sealed class NoTakeover : ITakeover
{
    /// <inheritdoc/>
    public ValueTask ClaimedAsync(DeviceKey device, RouteClaim claim) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public bool IsFenced(DeviceKey device, ulong epoch) => false;
}
