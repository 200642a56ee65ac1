namespace Pusher.Router.Routes;

/// <summary>A route table that can lose what it holds while the sessions live.</summary>
/// <remarks>Threading: any thread.</remarks>
public interface IRouteRestorer
{
    /// <summary>Devices in one call, at most: Redis does nothing else meanwhile, some 5 us for each.</summary>
    const int RoutesMax = 200;

    /// <summary>
    /// Writes the routes again that are missing. The epochs stay as they are, so a login that came later, wherever, is neither overwritten nor kept from
    /// taking over.
    /// </summary>
    /// <param name="held">1 to <see cref="RoutesMax"/>, all of one partition.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What became of each, in this order.</returns>
    /// <exception cref="Stores.StoreUnavailableException">The table cannot be reached, or this node has no lease: nobody would find the routes.</exception>
    ValueTask<IReadOnlyList<RestoreOutcome>> RestoreAsync(IReadOnlyList<HeldRoute> held, CancellationToken cancellationToken);
}
