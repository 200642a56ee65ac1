using System.Collections.Concurrent;
using Pusher.Core.Identity;

namespace Pusher.Router.Routes;

/// <summary>The routes of a node that is alone.</summary>
/// <remarks>Threading: any thread; each device's row changes atomically.</remarks>
public sealed class MemoryRouteTable(string node, TimeProvider time) : IRouteTable
{
    private readonly ConcurrentDictionary<DeviceKey, Route> _routes = new();
    private ulong _lastEpoch;

    /// <inheritdoc/>
    public ValueTask<RouteClaim?> ClaimAsync(DeviceKey device, LoginOrder order, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var route = new Route(node, NextEpoch((ulong)now), now, order);
        while (true)
        {
            if (!_routes.TryGetValue(device, out var old))
            {
                if (_routes.TryAdd(device, route))
                {
                    return ValueTask.FromResult<RouteClaim?>(new RouteClaim(route, null));
                }
            }
            else if (order.IsOlderThan(old.Order))
            {
                return ValueTask.FromResult<RouteClaim?>(null);
            }
            else if (old.Epoch > route.Epoch)
            {
                route = route with { Epoch = NextEpoch((ulong)now) };
            }
            else if (_routes.TryUpdate(device, route, old))
            {
                return ValueTask.FromResult<RouteClaim?>(new RouteClaim(route, old));
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> ReleaseAsync(DeviceKey device, ulong epoch, CancellationToken cancellationToken)
        => ValueTask.FromResult(_routes.TryGetValue(device, out var route)
            && route.Epoch == epoch
            && _routes.TryRemove(KeyValuePair.Create(device, route)));

    /// <inheritdoc/>
    public ValueTask<Route?> FindAsync(DeviceKey device, CancellationToken cancellationToken)
        => ValueTask.FromResult(_routes.GetValueOrDefault(device));

    // One counter for all devices: an epoch of a device that was forgotten in between cannot come back.
    private ulong NextEpoch(ulong floor)
    {
        while (true)
        {
            var last = Volatile.Read(ref _lastEpoch);
            var next = Math.Max(last + 1, floor);
            if (Interlocked.CompareExchange(ref _lastEpoch, next, last) == last)
            {
                return next;
            }
        }
    }
}
