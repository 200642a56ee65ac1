using Pusher.Core.Identity;
using Pusher.Router.Routes;
using Pusher.Router.Stores;

namespace Pusher.Tests.Support;

/// <summary>Routes that several nodes of one test process share, with the contract of <see cref="IRouteTable"/>.</summary>
/// <remarks>Threading: any thread; one lock.</remarks>
public sealed class SharedRoutes
{
    private readonly Lock _gate = new();
    private readonly Dictionary<DeviceKey, Route> _routes = [];
    private ulong _epoch = 1_000;

    /// <summary>Look-ups fail.</summary>
    public bool IsUnavailable { get; set; }

    /// <summary>The table as one node sees it.</summary>
    public IRouteTable Of(string node) => new View(this, node);

    private sealed class View(SharedRoutes shared, string node) : IRouteTable
    {
        public ValueTask<RouteClaim?> ClaimAsync(DeviceKey device, LoginOrder order, CancellationToken cancellationToken)
        {
            lock (shared._gate)
            {
                Route? old = shared._routes.TryGetValue(device, out var present) ? present : null;
                if (old is { } owner && order.IsOlderThan(owner.Order))
                {
                    return new ValueTask<RouteClaim?>((RouteClaim?)null);
                }

                var route = shared._routes[device] = new Route(node, ++shared._epoch, 1, order);
                return new ValueTask<RouteClaim?>(new RouteClaim(route, old));
            }
        }

        public ValueTask<bool> ReleaseAsync(DeviceKey device, ulong epoch, CancellationToken cancellationToken)
        {
            lock (shared._gate)
            {
                return new ValueTask<bool>(shared._routes.TryGetValue(device, out var route) && route.Epoch == epoch && shared._routes.Remove(device));
            }
        }

        public ValueTask<Route?> FindAsync(DeviceKey device, CancellationToken cancellationToken)
        {
            lock (shared._gate)
            {
                return shared.IsUnavailable
                    ? ValueTask.FromException<Route?>(new StoreUnavailableException("the routes are away"))
                    : new ValueTask<Route?>(shared._routes.TryGetValue(device, out var route) ? route : null);
            }
        }
    }
}
