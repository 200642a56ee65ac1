using Pusher.Router.Routes;

namespace Pusher.Router.Cluster;

/// <summary>The groups that devices of this node are members of.</summary>
/// <remarks>Threading: any thread.</remarks>
public interface ILocalMembers
{
    /// <summary>Raised after a group's number has changed, on the thread that changed it; quick.</summary>
    event Action<GroupKey>? Changed;

    /// <summary>The groups that have or had members here.</summary>
    IReadOnlyList<GroupKey> Groups { get; }

    /// <summary>How many devices of the group are live here.</summary>
    int CountOf(GroupKey group);
}
