using Microsoft.Extensions.Logging;
using Pusher.Core.Identity;
using Pusher.Router.Cache;
using Pusher.Router.Routes;

namespace Pusher.Router.Cluster;

/// <summary>Look-ups of routes on behalf of callers that do not wait, so many at a time and no more.</summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class RouteLookUps(TwoLevelCache<DeviceKey, Route> routes, ClusterOptions options, ClusterCounters counters, ILogger log)
{
    private int _underWay;

    /// <summary>The route; null when there is none, level 2 fails, or too many look-ups are under way, which is counted. Never fails.</summary>
    public async Task<Route?> FindAsync(DeviceKey device)
    {
        if (Interlocked.Increment(ref _underWay) > options.LookUpsMax)
        {
            Interlocked.Decrement(ref _underWay);
            counters.OnLookUpFailed();
            return null;
        }

        try
        {
            return await routes.GetAsync(device, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            counters.OnLookUpFailed();
            ClusterLog.LookUpFailed(log, device, e.Message);
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
