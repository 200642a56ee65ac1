namespace Pusher.Router.Cluster;

/// <summary>The subjects that nodes of a site talk on. One per node and one for all: never one per device.</summary>
public static class ClusterSubject
{
    /// <summary>What is for one node.</summary>
    public static string OfNode(string site, string node) => $"pusher.int.{site}.node.{node}";

    /// <summary>What is for every node of the site, the sender included.</summary>
    public static string OfAll(string site) => $"pusher.int.{site}.all";
}
