using Pusher.Router.Routes.Redis;

namespace Pusher.Server.Http;

/// <summary>The nodes of the cluster, as an operator sees and stops them.</summary>
/// <remarks>Threading: any thread.</remarks>
public interface INodeControl
{
    /// <summary>The name of the node that is asked.</summary>
    string Node { get; }

    /// <summary>The live nodes, by name; of a node that is alone just that.</summary>
    IReadOnlyList<NodeLease> Nodes { get; }

    /// <summary>Asks a node to drain and end. False when there is no such live node.</summary>
    /// <exception cref="Router.Stores.StoreUnavailableException">The other node cannot be told.</exception>
    Task<bool> DrainAsync(string node);
}
