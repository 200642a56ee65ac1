using Pusher.Core.Identity;

namespace Pusher.Router.Routes;

/// <summary>The routes of a node that is alone.</summary>
/// <remarks>Threading: any thread; each device's row changes atomically.</remarks>
public sealed class MemoryRouteTable(string node, TimeProvider time) : IRouteTable
{
    private readonly DeviceMap<RouteRow> _rows = new();
    private ulong _lastEpoch;

    /// <summary>Devices that have a route.</summary>
    public int Count => _rows.Count;

    /// <inheritdoc/>
    public ValueTask<RouteClaim?> ClaimAsync(DeviceKey device, LoginOrder order, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        using var row = _rows.Open(device);
        Route? old = row.Exists ? ToRoute(row.Value) : null;
        if (old is { } owner && order.IsOlderThan(owner.Order))
        {
            return ValueTask.FromResult<RouteClaim?>(null);
        }

        var claimed = new RouteRow(NextEpoch((ulong)now), now, order); // drawn under the row's lock: the later claim has the higher one
        row.Set(claimed);
        return ValueTask.FromResult<RouteClaim?>(new RouteClaim(ToRoute(claimed), old));
    }

    /// <inheritdoc/>
    public ValueTask<bool> ReleaseAsync(DeviceKey device, ulong epoch, CancellationToken cancellationToken)
    {
        using var row = _rows.Open(device);
        var owned = row.Exists && row.Value.Epoch == epoch;
        if (owned)
        {
            row.Remove();
        }

        return ValueTask.FromResult(owned);
    }

    /// <inheritdoc/>
    public ValueTask<Route?> FindAsync(DeviceKey device, CancellationToken cancellationToken)
        => ValueTask.FromResult<Route?>(_rows.TryGet(device, out var row) ? ToRoute(row) : null);

    private Route ToRoute(in RouteRow row) => new(node, row.Epoch, row.SinceUnixMs, row.Order);

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
