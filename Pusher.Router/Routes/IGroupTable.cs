namespace Pusher.Router.Routes;

/// <summary>Which nodes hold devices of a group, and about how many. It may be lost, and lag behind by moments: what goes by it is sent at most once anyway.</summary>
/// <remarks>Threading: any thread.</remarks>
public interface IGroupTable
{
    /// <summary>The live nodes that hold devices of the group; null when none does.</summary>
    /// <exception cref="Stores.StoreUnavailableException">The table cannot be reached.</exception>
    ValueTask<GroupMembers?> FindAsync(GroupKey group, CancellationToken cancellationToken);

    /// <summary>Writes how many devices of each group this node holds; 0 = it holds none any more.</summary>
    /// <exception cref="Stores.StoreUnavailableException">The table cannot be reached; some may have been written.</exception>
    ValueTask WriteAsync(IReadOnlyList<(GroupKey Group, int Members)> counts, CancellationToken cancellationToken);
}
