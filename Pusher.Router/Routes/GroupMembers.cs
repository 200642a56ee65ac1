namespace Pusher.Router.Routes;

/// <summary>Where the devices of a group are.</summary>
/// <param name="Nodes">The live nodes that hold some, at least one.</param>
public readonly record struct GroupMembers(IReadOnlyList<GroupNode> Nodes);
