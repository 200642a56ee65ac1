using Pusher.Core.Identity;

namespace Pusher.Router.Routes;

/// <summary>Which node holds a device. Claims are atomic and fenced by the session epoch.</summary>
/// <remarks>Threading: any thread.</remarks>
public interface IRouteTable
{
    /// <summary>
    /// Makes this node the owner: the newest login wins. The epoch is greater than every earlier one of the device,
    /// also after data was lost (the wall clock is its floor). Null, and nothing is changed, when the owner is a later attempt of
    /// the same client; this is decided together with the claim, so that epochs grow with the attempts of a client.
    /// </summary>
    ValueTask<RouteClaim?> ClaimAsync(DeviceKey device, LoginOrder order, CancellationToken cancellationToken);

    /// <summary>Gives the device up, if <paramref name="epoch"/> is still its epoch; a late release by an older session changes nothing.</summary>
    ValueTask<bool> ReleaseAsync(DeviceKey device, ulong epoch, CancellationToken cancellationToken);

    /// <summary>The owner now, or null.</summary>
    ValueTask<Route?> FindAsync(DeviceKey device, CancellationToken cancellationToken);
}
